//! Virtual screens: one by Xvfb, two by Xorg's dummy driver, which the window system sees as two monitors.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::house::clock::{SOON, wait_until};

/// Two outputs of the dummy driver; which part of the desktop each shows is said by `xrandr` afterwards.
const DUMMY: &str = r#"
Section "Device"
    Identifier "card"
    Driver "dummy"
    VideoRam 256000
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 5.0-1000.0
    VertRefresh 5.0-200.0
EndSection
Section "Screen"
    Identifier "screen"
    Device "card"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Virtual 2560 1024
    EndSubSection
EndSection
"#;
/// Where Debian keeps the server itself; its wrapper refuses to start without a console.
const XORG: &str = "/usr/lib/xorg/Xorg";

/// A virtual screen with a window manager, as a person's desktop has one.
#[derive(Debug)]
pub struct Screen {
    display: String,
    // Dropped first, before the screen it runs on.
    _desktop: Group,
    _server: Group,
    folder: TempDir,
}

/// A process that goes with its value, and all it started.
#[derive(Debug)]
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> Self {
        let child = command
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .process_group(0)
            .spawn();
        Self(child.unwrap_or_else(|problem| panic!("{command:?} cannot be started: {problem}")))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        let _already_gone = group.map(|group| kill_process_group(group, Signal::TERM));
        drop(self.0.wait());
    }
}

impl Screen {
    /// One monitor.
    #[must_use]
    pub fn single() -> Self {
        let folder = folder();
        let mut server = Command::new("Xvfb");
        server.args(["-screen", "0", "1366x768x24"]);
        Self::with(server, folder)
    }

    /// Two monitors side by side: 1280×800, and 1024×768 to its right.
    #[must_use]
    pub fn double() -> Self {
        let folder = folder();
        let configuration = folder.path().join("dummy.conf");
        fs::write(&configuration, DUMMY).expect("a temporary folder takes files");
        let mut server = Command::new(XORG);
        server.arg("-config").arg(&configuration);
        server.arg("-logfile").arg(folder.path().join("xorg.log"));
        let screen = Self::with(server, folder);
        screen.run(&["xrandr", "--addmode", "DUMMY1", "1024x768"]);
        let first = ["xrandr", "--output", "DUMMY0", "--mode", "1280x800", "--primary"];
        screen.run(&first);
        let second = [
            "xrandr",
            "--output",
            "DUMMY1",
            "--mode",
            "1024x768",
            "--right-of",
            "DUMMY0",
        ];
        screen.run(&second);
        screen.look_at_monitors();
        screen
    }

    /// Unplugs the second monitor.
    pub fn unplug_second(&self) {
        self.run(&["xrandr", "--output", "DUMMY1", "--off"]);
        self.look_at_monitors();
    }

    /// The dummy driver notices what is plugged in only when somebody asks for it anew; a real one is told.
    pub fn look_at_monitors(&self) {
        self.run(&["xrandr", "--query"]);
    }

    /// A server on a display of its choice, then the window manager on it.
    fn with(mut server: Command, folder: TempDir) -> Self {
        // Without the second, the screen would begin anew, and drop whoever is just coming, whenever the first
        // who looks at it goes again.
        server
            .args(["-displayfd", "1", "-noreset", "-nolisten", "tcp"])
            .stdout(Stdio::piped());
        let mut server = Group::start(&mut server);
        let output = server
            .0
            .stdout
            .take()
            .expect("the output was asked for as a pipe");
        let mut number = String::new();
        BufReader::new(output)
            .read_line(&mut number)
            .expect("the screen says its number");
        assert!(!number.trim().is_empty(), "the virtual screen does not start");
        let display = format!(":{}", number.trim());
        let desktop = Group::start(
            Command::new("openbox")
                .env("DISPLAY", &display)
                .stdout(Stdio::null()),
        );
        let screen = Self {
            display,
            _desktop: desktop,
            _server: server,
            folder,
        };
        wait_until("the window manager runs", SOON, || {
            let told = screen.said(&["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"]);
            told.contains("window id").then_some(())
        });
        screen
    }

    /// What a program has to be told to find it.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Runs a program on it that must work.
    ///
    /// # Panics
    /// When it does not.
    pub fn run(&self, command: &[&str]) {
        let status = self.command(command).stdout(Stdio::null()).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{command:?} does not work"
        );
    }

    /// What a program says on it; nothing when it fails.
    #[must_use]
    pub fn said(&self, command: &[&str]) -> String {
        let output = self.command(command).stderr(Stdio::null()).output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    fn command(&self, command: &[&str]) -> Command {
        let mut process = Command::new(command[0]);
        process.args(&command[1..]).env("DISPLAY", &self.display);
        process
    }

    /// A picture of the whole desktop, or of a part `WIDTHxHEIGHT+X+Y` of it.
    ///
    /// # Panics
    /// When none can be taken.
    #[must_use]
    pub fn picture(&self, part: Option<&str>) -> Vec<u8> {
        let file = self.folder.path().join("screen.png");
        self.take(part, &file);
        fs::read(file).expect("the picture was just taken")
    }

    fn take(&self, part: Option<&str>, file: &Path) {
        let mut import = self.command(&["import", "-window", "root"]);
        if let Some(part) = part {
            import.args(["-crop", part]);
        }
        let status = import.arg("+repage").arg(file).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "no picture of the screen"
        );
    }
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("suanpan-screen-").tempdir();
    folder.expect("the machine has room for a screen")
}
