//! `worker` and `course-order`: the business systems of a shop, listening at the broker.
//!
//! A program of its own beside the centre: it knows the messages and nothing else of it.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use serde_json::json;
use suanpan_subscriber::parts::courses::{COURSE_APP_ID, CourseOrder, Courses, ORDER_TYPE_COURSE};
use suanpan_subscriber::parts::{PARTS, Part, listener};
use suanpan_subscriber::{Book, ListenAt, run as listen};
use suanpan_trade::service::{self, clock, config, log, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::print;

/// Its database in the data folder.
const DATABASE_FILE: &str = "worker.db";

/// How to listen.
#[derive(Args)]
pub struct WorkerArguments {
    /// The broker: `amqp://…` or `amqps://…`. It carries a password: better in the environment, as
    /// SUANPAN_BROKER_URL.
    #[arg(long, value_name = "URL")]
    broker_url: Option<String>,
    /// Which parts; all of them unless said.
    #[arg(long, value_delimiter = ',')]
    parts: Vec<String>,
    /// Name under which the course example sells.
    #[arg(long, default_value = COURSE_APP_ID)]
    course_app_id: String,
}

/// An order of the course example.
#[derive(Args)]
pub struct CourseOrderArguments {
    /// Its number, as it is asked to be paid.
    #[arg(long)]
    order_no: i64,
    /// Its type; 60201 opens a course.
    #[arg(long, default_value = ORDER_TYPE_COURSE)]
    order_type: String,
    /// The course.
    #[arg(long)]
    business: String,
    /// Who learns.
    #[arg(long)]
    learner: String,
    /// Name under which the course example sells.
    #[arg(long, default_value = COURSE_APP_ID)]
    course_app_id: String,
}

fn open(folder: &Path) -> Result<Book> {
    let path = folder.join(DATABASE_FILE);
    Book::open(&path).with_context(|| format!("{} was left as it is", path.display()))
}

/// Listens until SIGTERM or Ctrl C.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, arguments: WorkerArguments) -> Result<()> {
    let url = broker_url(arguments.broker_url)
        .context("say where the broker is: --broker-url, or SUANPAN_BROKER_URL")?;
    let url =
        config::broker_url(&url).map_err(|why| anyhow!("the broker's address cannot be used: {why}"))?;
    let parts = chosen(&arguments.parts)?;
    service::make_folder(folder)?;
    log::begin(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = signal::asked_to_end()?;
        let (tell, stopping) = watch::channel(false);
        let mut listening: Vec<JoinHandle<()>> = Vec::new();
        for part in &parts {
            let who = listener(part, &arguments.course_app_id).context("a part without a listener")?;
            let at = ListenAt {
                url: url.clone(),
                queue: part.queue.to_owned(),
            };
            let book = open(folder)?;
            let task = listen(at, Arc::clone(&who), book, clock::now_ms, stopping.clone());
            listening.push(tokio::spawn(task));
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
        print(&json!({ "worker": names }));
        stop.await;
        tell.send_replace(true);
        for task in listening {
            task.await?;
        }
        Ok(())
    })
}

fn chosen(names: &[String]) -> Result<Vec<Part>> {
    let known = PARTS.map(|part| part.name).join(", ");
    for name in names {
        ensure!(
            PARTS.iter().any(|part| part.name == name),
            "there is no part {name}; there are: {known}"
        );
    }
    let wanted = |part: &&Part| names.is_empty() || names.iter().any(|name| name == part.name);
    Ok(PARTS.iter().filter(wanted).copied().collect())
}

/// Writes an order of the course example before it is asked to be paid.
///
/// # Errors
/// With a sentence for the operator.
pub fn place_course_order(folder: &std::path::Path, arguments: CourseOrderArguments) -> Result<()> {
    service::make_folder(folder)?;
    let order = CourseOrder {
        order_no: arguments.order_no,
        order_type: arguments.order_type,
        business_id: arguments.business,
        learner: arguments.learner,
    };
    Courses::new(&arguments.course_app_id).place(&mut open(folder)?, &order)?;
    print(&json!({ "orderNo": order.order_no.to_string(), "orderType": order.order_type }));
    Ok(())
}

/// The broker's address, from the command line or the environment.
fn broker_url(argument: Option<String>) -> Option<String> {
    argument
        .or_else(|| std::env::var("SUANPAN_BROKER_URL").ok())
        .filter(|url| !url.is_empty())
}
