//! Stories of paper: printers that are off, lose their answers, forget, and tills that end in the middle.

mod any_order;
mod reports;
mod stories;

use std::collections::BTreeSet;
use std::sync::Arc;

use suanpan_domain::print::PrintTrouble;

use super::pictures::{Board, Pictures, folder, printed};
use super::queue::{self, Turn};
use super::{Outcome, Paper, Printer};
use crate::receipt::text;
use crate::rpc::print::PrintedPapers;
use crate::testkit::Shop;

/// A printer of which a test says what it does.
#[derive(Debug, Default)]
struct Scripted {
    trouble: Option<PrintTrouble>,
    /// Prints, and its answer is lost.
    loses_answers: bool,
    /// Knows nothing of earlier jobs.
    forgets: bool,
    known: BTreeSet<i64>,
    /// What came out, as text.
    out: Vec<String>,
}

impl Printer for Scripted {
    fn ready(&mut self) -> Result<(), PrintTrouble> {
        self.trouble.map_or(Ok(()), Err)
    }

    fn print(&mut self, paper: &Paper) -> Outcome {
        if let Some(trouble) = self.trouble {
            return Outcome::Nothing(trouble);
        }
        if self.forgets || self.known.insert(paper.job_no) {
            self.out.push(text(&paper.rows));
        }
        if self.loses_answers {
            Outcome::Unknown
        } else {
            Outcome::CameOut
        }
    }

    fn came_out(&mut self, job_no: i64) -> Result<Option<bool>, PrintTrouble> {
        if self.loses_answers {
            return Err(PrintTrouble::Unreachable);
        }
        Ok((!self.forgets).then(|| self.known.contains(&job_no)))
    }
}

/// The printer of a shop that prints into pictures.
fn pictures(shop: &Shop) -> (Pictures, Arc<Board>) {
    let board = Arc::new(Board::default());
    let folder = folder(shop.till.store().folder());
    (Pictures::new(folder, Arc::clone(&board)), board)
}

fn came_out(shop: &Shop) -> PrintedPapers {
    printed(&folder(shop.till.store().folder())).unwrap()
}

/// Takes turns until nothing is owed or it is in vain, and says which.
fn print_all(shop: &mut Shop, printer: &mut dyn Printer) -> Turn {
    loop {
        let turn = queue::turn(&mut shop.till, printer).unwrap();
        if turn != Turn::Moved {
            return turn;
        }
    }
}
