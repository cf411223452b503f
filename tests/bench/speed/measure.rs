//! Runs programs in turn, A B C A B C, and sets their times side by side.
//! Which programs, and over what, is not decided here.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;

/// One program with its arguments.
pub struct Contender {
    pub name: String,
    pub words: Vec<String>,
}

/// What one run took, by the system's own account of the finished process and its children.
#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
    /// Largest resident set, in megabytes, of the process alone.
    memory: f64,
}

fn run(contender: &Contender, out: &Path) -> Taken {
    // Some file systems make whoever replaces a file wait for the disk.
    if out.exists() {
        std::fs::remove_dir_all(out).expect("the outputs can be removed");
    }
    std::fs::create_dir(out).expect("a folder for outputs");
    let began = Instant::now();
    let child = Command::new(&contender.words[0])
        .args(&contender.words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{}: {e}", contender.words[0]));
    let used = child.wait4().expect("an account of the process");
    let wall = began.elapsed().as_secs_f64();
    assert!(used.status.success(), "{}: {}", contender.words.join(" "), used.status);
    Taken {
        wall,
        cpu: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        memory: used.rusage.maxrss as f64 / 1e6,
    }
}

/// The table of `runs` rounds, after one that warms the caches. Ratios are of the first contender to each other,
/// round by round, so that a machine whose speed drifts does not spoil them. The folder `out` is empty before each run.
pub fn paired(contenders: &[&Contender], runs: usize, out: &Path) -> String {
    let mut taken: Vec<Vec<Taken>> = vec![Vec::new(); contenders.len()];
    for round in 0..=runs {
        for (contender, taken) in contenders.iter().zip(&mut taken) {
            let one = run(contender, out);
            if round > 0 {
                taken.push(one);
            }
        }
    }
    let mut table = format!(
        "{:<34} {:>24} {:>24} {:>9} {:>22} {:>22}\n",
        format!("median (least to most) of {runs}"),
        "wall s",
        "CPU s",
        "peak MB",
        "vstream's wall to it",
        "vstream's CPU to it"
    );
    for (contender, rounds) in contenders.iter().zip(&taken) {
        let of = |what: fn(&Taken) -> f64| Spread::of(rounds.iter().map(what).collect());
        let ratio = |what: fn(&Taken) -> f64| {
            Spread::of(taken[0].iter().zip(rounds).map(|(a, b)| what(a) / what(b)).collect())
        };
        let _ = writeln!(
            table,
            "{:<34} {:>24} {:>24} {:>9.1} {:>22} {:>22}",
            contender.name,
            of(|t| t.wall).to_string(),
            of(|t| t.cpu).to_string(),
            of(|t| t.memory).median,
            ratio(|t| t.wall).to_string(),
            ratio(|t| t.cpu).to_string(),
        );
    }
    table
}

struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
        Self {
            median: f64::midpoint(values[low], values[high]),
            least: values[0],
            most: values[values.len() - 1],
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ({:.3} to {:.3})", self.median, self.least, self.most)
    }
}
