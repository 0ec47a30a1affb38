//! What a program and everything it has started keep in memory, each shared page counted by its share.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::bench::clock::Watch;

/// Between two looks whether the memory still grows.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Looks in a row that have to be alike.
const ALIKE: usize = 6;
/// A program that never comes to rest is taken as it is after this long.
const PATIENCE_S: f64 = 20.0;
/// How far apart two looks may be and still be alike, in permille.
const ALIKE_PERMILLE: u64 = 10;

/// Proportional set size of a process and its descendants in bytes, once it has come to rest.
#[must_use]
pub fn wait_at_rest(process: u32) -> u64 {
    let watch = Watch::start();
    let (mut last, mut alike) = (of_tree(process), 0);
    while alike < ALIKE && watch.seconds() < PATIENCE_S {
        std::thread::sleep(LOOK_AGAIN);
        let now = of_tree(process);
        alike = if now.abs_diff(last) * 1000 <= last * ALIKE_PERMILLE {
            alike + 1
        } else {
            0
        };
        last = now;
    }
    last
}

fn of_tree(process: u32) -> u64 {
    let parents = parents();
    let mut tree = vec![process];
    let mut at = 0;
    while let Some(parent) = tree.get(at).copied() {
        tree.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(id, _)| *id));
        at += 1;
    }
    tree.into_iter().map(of_process).sum()
}

/// Each process and whose child it is.
fn parents() -> BTreeMap<u32, u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| Some((id, parent(id)?))).collect()
}

/// The name of a program may hold spaces and brackets; what follows its last bracket is plain.
fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Processor time a process has used, its own and the system's for it, in milliseconds.
#[must_use]
pub fn cpu_ms(process: u32) -> u64 {
    /// Linux counts in hundredths of a second here, whatever its own clock ticks at.
    const MS_PER_TICK: u64 = 10;
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * MS_PER_TICK
}

fn of_process(process: u32) -> u64 {
    let said = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = said.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_and_its_children_take_memory() {
        let own = of_process(std::process::id());
        assert!(own > 100_000, "{own}");
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let parents = parents();
        assert_eq!(parents.get(&child.id()), Some(&std::process::id()));
        let used = cpu_ms(std::process::id());
        let busy = Watch::start();
        while cpu_ms(std::process::id()) < used + 20 {
            assert!(busy.seconds() < PATIENCE_S, "work is not counted");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
