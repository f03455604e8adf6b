//! What a running process has used, as Linux tells it in `/proc`.

use std::fs;
use std::time::Duration;

/// Up to now.
#[derive(Debug)]
pub struct Used {
    /// In user and in system mode, of all threads that there are.
    pub cpu: Duration,
    /// Resident, in bytes.
    pub memory: u64,
    /// The most that it ever was.
    pub most_memory: u64,
    /// How often a thread had slept and was wanted again.
    pub wakeups: u64,
}

impl Used {
    /// Threads that have ended are not counted: the program works with a fixed few.
    pub fn by(process: u32) -> Used {
        let folder = format!("/proc/{process}");
        let status = fs::read_to_string(format!("{folder}/status")).unwrap();
        let (mut cpu, mut wakeups) = (Duration::ZERO, 0);
        for thread in fs::read_dir(format!("{folder}/task")).unwrap() {
            let thread = thread.unwrap().path();
            let times = fs::read_to_string(thread.join("schedstat")).unwrap();
            let nanoseconds = times.split_whitespace().next().unwrap();
            cpu += Duration::from_nanos(nanoseconds.parse().unwrap());
            let status = fs::read_to_string(thread.join("status")).unwrap();
            wakeups += number(&status, "voluntary_ctxt_switches:");
        }
        Used {
            cpu,
            memory: number(&status, "VmRSS:") * 1024,
            most_memory: number(&status, "VmHWM:") * 1024,
            wakeups,
        }
    }
}

/// The CPU time of all processes of this one that have ended, in steps of 10 ms.
pub fn of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the program's name, which may have spaces: the 14th and 15th are those of its children.
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let ticks = rest.split_whitespace().skip(13).take(2);
    let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// The process that was started with exactly these arguments.
pub fn started_with(arguments: &[&str]) -> Option<u32> {
    let mut processes = fs::read_dir("/proc").unwrap().flatten();
    processes.find_map(|process| {
        let id = process.file_name().to_str()?.parse().ok()?;
        let line = fs::read_to_string(process.path().join("cmdline")).ok()?;
        let given = line.split_terminator('\0').skip(1);
        given.eq(arguments.iter().copied()).then_some(id)
    })
}

fn number(status: &str, name: &str) -> u64 {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
