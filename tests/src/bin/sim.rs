//! `sim`: runs seeds of the deterministic simulation, replays one, or breaks rules to see them caught.

use std::process::ExitCode;

use clap::Parser;
use suanpan_tests::sim::report::{self, Caught, Tally};
use suanpan_tests::sim::{mutants, run};

/// Several tills, a centre of several processes and both payment platforms on one thread, in virtual time, with seeded faults.
#[derive(Parser)]
#[command(name = "sim", version, args_override_self = true)]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Run only this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Break this rule, or each in turn with `all`, and demand that an invariant notices.
    #[arg(long, value_name = "NAME|all")]
    mutant: Option<String>,
    /// Print every happening of the seed.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Also print what the programs write to their own logs.
    #[arg(long, requires = "seed")]
    log: bool,
    /// Threads, one world each.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // What a panic says stands in the verdict; its usual print would come twice.
    std::panic::set_hook(Box::new(|_| {}));
    if options.log {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .without_time()
            .init();
    }
    let held = match (&options.mutant, options.seed) {
        (Some(name), seed) if name != "all" => one_mutant(name, seed, &options),
        (Some(_), _) => all_mutants(&options),
        (None, Some(seed)) => replay(seed, None, options.trace),
        (None, None) => seeds(&options),
    };
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn replay(seed: u64, mutant: Option<suanpan_domain::mutant::Mutant>, trace: bool) -> bool {
    let verdict = run::one(seed, mutant, trace);
    for line in &verdict.trace {
        println!("{line}");
    }
    println!("{}\ntrace {}", report::failure(&verdict), verdict.trace_hash);
    verdict.broken.is_none()
}

fn seeds(options: &Options) -> bool {
    let mut tally = Tally::default();
    let ask = run::Ask {
        from: options.from,
        seeds: options.seeds,
        jobs: options.jobs,
        mutant: None,
        stop_at_first: false,
    };
    run::many(ask, |verdict| {
        if verdict.broken.is_some() {
            println!("{}", report::failure(&verdict));
        }
        tally.take(verdict);
    });
    print!("exercised:\n{}", tally.coverage());
    let missed = tally.below_floors();
    for line in &missed {
        println!("coverage below its floor: {line}");
    }
    println!("{}", tally.summary());
    tally.failed.is_empty() && missed.is_empty()
}

fn one_mutant(name: &str, seed: Option<u64>, options: &Options) -> bool {
    let Some(mutant) = mutants::named(name) else {
        println!("there is no mutant {name}");
        return false;
    };
    if let Some(seed) = seed {
        return !replay(seed, Some(mutant), options.trace);
    }
    let row = mutants::hunt(mutant, options.from, options.seeds, options.jobs);
    print!("{}", report::mutants(std::slice::from_ref(&row)));
    row.by.is_some()
}

/// The unbroken code must hold the seeds that the broken rules are looked for in.
fn all_mutants(options: &Options) -> bool {
    let unbroken = seeds(options);
    let hunt = |mutant: &suanpan_domain::mutant::Mutant| {
        let row = mutants::hunt(
            *mutant,
            options.from,
            options.seeds.min(mutants::SEEDS_MAX),
            options.jobs,
        );
        eprintln!("{row:?}");
        row
    };
    let rows: Vec<Caught> = mutants::ALL.iter().map(hunt).collect();
    print!("{}", report::mutants(&rows));
    unbroken && rows.iter().all(|row| row.by.is_some())
}
