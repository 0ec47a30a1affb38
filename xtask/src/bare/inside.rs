//! Runs orders inside the empty machine, in namespaces of their own: when the first process ends, every other
//! one and every mount ends with it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::bare::machine;
use crate::demo::Stop;

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Mounts what programs expect of a Linux machine, and goes inside. Of this machine's devices only those that
/// hold nothing are seen.
const ENTER: &str = r#"
set -eu
root=$1
orders=$2
shift 2
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mkdir -p "$root/srv/person"
exec chroot "$root" env -i "$@" sh -c "cd /srv/suanpan && $orders"
"#;

/// Runs a line of shell inside and shows what it prints.
///
/// # Errors
/// When the machine refuses namespaces, the line fails, or a person stops it.
pub fn run(root: &Path, orders: &str, stop: &Stop) -> Result<()> {
    eprintln!("x: inside the empty machine: {orders}");
    let environment = machine::environment();
    let mut process = Command::new("unshare")
        .args([
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            ENTER,
            "sh",
        ])
        .arg(root)
        .arg(orders)
        .args(environment.iter().map(|(name, value)| format!("{name}={value}")))
        .stdin(Stdio::null())
        .spawn()
        .context("cannot start unshare")?;
    wait(&mut process, stop)
}

fn wait(process: &mut Child, stop: &Stop) -> Result<()> {
    loop {
        if let Some(status) = process.try_wait()? {
            ensure!(
                status.success(),
                "the orders inside the empty machine ended with {status}"
            );
            return Ok(());
        }
        if stop.asked() {
            process.kill().context("the empty machine cannot be stopped")?;
            process.wait()?;
            bail!("stopped");
        }
        thread::sleep(LOOK_EVERY);
    }
}
