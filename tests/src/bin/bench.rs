//! `./x bench`: measures what has a limit, prints the page, and writes it to docs/BENCHMARKS.md.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use suanpan_tests::bench::clock::Watch;
use suanpan_tests::bench::problem::BenchError;
use suanpan_tests::bench::report::{Section, page};
use suanpan_tests::bench::rows::{ALL, Row};
use suanpan_tests::bench::turn::Turn;
use suanpan_tests::bench::{Bench, Scale, machine};

/// Where the page of a whole run goes.
const PAGE: &str = "docs/BENCHMARKS.md";
/// On the disk of the sources: a folder in memory would make every flush free.
const PLACE: &str = "target";

/// Measures what has a limit, each row in turns with its limit. All rows, unless some are named.
#[derive(Parser)]
#[command(name = "./x bench", bin_name = "./x bench --")]
struct Options {
    /// Rows: B1 B3 …
    names: Vec<String>,
    /// Rows, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "ROWS")]
    rows: Vec<String>,
    /// Write the page here; a run of all rows writes docs/BENCHMARKS.md without being told.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Measure on the disk of this folder.
    #[arg(long, value_name = "DIR", default_value = PLACE)]
    dir: PathBuf,
    /// Tiny counts: whether every row works, not how fast.
    #[arg(long)]
    smoke: bool,
}

impl Options {
    fn chosen(&self) -> Result<Vec<&'static Row>, String> {
        let names: Vec<String> = self
            .names
            .iter()
            .chain(&self.rows)
            .map(|name| name.to_uppercase())
            .collect();
        if let Some(unknown) = names
            .iter()
            .find(|name| !ALL.iter().any(|row| row.name == **name))
        {
            let known: Vec<&str> = ALL.iter().map(|row| row.name).collect();
            return Err(format!(
                "there is no row {unknown}; there are {}",
                known.join(" ")
            ));
        }
        let wanted = |row: &&Row| names.is_empty() || names.iter().any(|name| name == row.name);
        Ok(ALL.iter().filter(wanted).collect())
    }

    /// Only a whole run at full counts replaces the committed page by itself.
    fn page_file(&self, rows: usize) -> Option<PathBuf> {
        let whole = rows == ALL.len() && !self.smoke;
        self.write.clone().or_else(|| whole.then(|| PathBuf::from(PAGE)))
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.chosen().and_then(|rows| run(&options, &rows)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options, rows: &[&'static Row]) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&options.dir).map_err(told)?;
    let folder = tempfile::Builder::new()
        .prefix("bench")
        .tempdir_in(&options.dir)
        .map_err(told)?;
    let bench = Bench {
        scale: if options.smoke { Scale::Smoke } else { Scale::Full },
        folder: folder.path().to_owned(),
        turn: Turn::find(),
    };
    let facts = machine::facts(&bench.folder, bench.turn);
    let sections = rows
        .iter()
        .map(|row| measured(&bench, row))
        .collect::<Result<Vec<_>, _>>()?;
    let page = page(&facts, &sections);
    println!("{page}");
    let misses: usize = sections.iter().map(Section::misses).sum();
    eprintln!("bench: {misses} targets missed");
    match options.page_file(rows.len()) {
        Some(file) => write(&file, &page),
        None => Ok(()),
    }
}

fn measured(bench: &Bench, row: &Row) -> Result<Section, String> {
    let watch = Watch::start();
    eprintln!("bench: {} …", row.name);
    let section = bench
        .measure(row)
        .map_err(|error: BenchError| format!("{}: {error}", row.name))?;
    eprintln!("bench: {} took {:.1} s", row.name, watch.seconds());
    Ok(section)
}

fn write(file: &Path, page: &str) -> Result<(), String> {
    std::fs::write(file, page).map_err(|error| format!("{}: {error}", file.display()))?;
    eprintln!("bench: written to {}", file.display());
    Ok(())
}
