//! The practice shop's parts and how each is called: the only place that knows the programs' arguments and
//! their ready lines.

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use suanpan_private_postgres::PrivatePostgres;

use crate::demo::ShopOptions;
use crate::demo::announce::{Announcement, PRACTICE_APP, Till};
use crate::demo::broker;
use crate::demo::child::Child;
use crate::demo::place::{Memory, Merchant, Place};
use crate::demo::stop::Stop;
use crate::house::House;

/// Any free port; the ready line says which.
const FREE_PORT: &str = "127.0.0.1:0";
/// Where a till keeps what must not lie in its data folder; in the practice shop that is not the person's own.
const HOME_VARIABLES: &[&str] = &["HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];
/// The platforms the practice shop collects on.
const PLATFORMS: &[&str] = &["WECHAT_PAY", "ALI_PAY"];
/// What the sample shop is called on screens and receipts.
const STORE_NAME: &str = "幸福里便利店";

/// The open practice shop. Dropping it stops what runs: tills first, so that the centre hears their last word.
pub struct Shop<'a> {
    house: &'a House,
    release: bool,
    tills: Vec<(Child, Till)>,
    worker: Option<Child>,
    centre: Option<Child>,
    centre_ready: CentreReady,
    sandbox: Option<(Child, SandboxReady)>,
    broker: Option<(Child, u16)>,
    memory: Memory,
    place: Place,
    elsewhere: bool,
    database: Option<PrivatePostgres>,
}

#[derive(Clone, Deserialize)]
struct SandboxReady {
    sandbox: String,
    token: String,
    api: String,
}

#[derive(Clone, Deserialize)]
struct CentreReady {
    centre: String,
    inner: Option<String>,
}

impl<'a> Shop<'a> {
    /// Starts all parts, each once the one before it is ready.
    ///
    /// # Errors
    /// When one does not start; those that did are stopped again.
    pub fn open(house: &'a House, options: &ShopOptions, stop: &Stop) -> Result<Self> {
        let place = Place::open(options.data.as_deref())?;
        let memory = place.remember()?;
        let mut shop = Self {
            house,
            release: options.release,
            tills: Vec::new(),
            worker: None,
            centre: None,
            centre_ready: CentreReady {
                centre: options.centre.clone().unwrap_or_default(),
                inner: None,
            },
            sandbox: None,
            broker: None,
            memory,
            place,
            elsewhere: options.centre.is_some(),
            database: None,
        };
        if options.postgres {
            shop.database = Some(PrivatePostgres::start().context("the centre's database does not start")?);
        }
        if !shop.elsewhere {
            shop.start_sandbox(stop)?;
            shop.prepare_centre()?;
            if options.rabbitmq {
                shop.start_broker(stop)?;
            }
            shop.start_centre(stop)?;
            if options.rabbitmq {
                shop.start_worker(stop)?;
            }
        }
        for at in 0..usize::from(options.tills) {
            shop.start_till(at, options, stop)?;
        }
        shop.place.note(&shop.memory)?;
        Ok(shop)
    }

    /// Where everything is.
    pub fn announcement(&self) -> Announcement {
        let tills: Vec<Till> = self.tills.iter().map(|(_, till)| till.clone()).collect();
        let first = tills[0].clone();
        let sandbox = self.sandbox.as_ref().map(|(_, ready)| ready.clone());
        Announcement {
            till: first.till,
            rpc: first.rpc,
            token: first.token,
            centre: self.centre_ready.centre.clone(),
            inner: self.centre_ready.inner.clone(),
            sandbox: sandbox.as_ref().map(|ready| ready.sandbox.clone()),
            sandbox_token: sandbox.map(|ready| ready.token),
            broker: self
                .broker
                .as_ref()
                .map(|(_, port)| suanpan_private_rabbitmq::url(*port)),
            merchants: self.memory.merchants.clone(),
            tills,
        }
    }

    /// The sentence about a part that ended though nobody asked it to.
    pub fn someone_ended(&mut self) -> Option<String> {
        let tills = self.tills.iter_mut().map(|(child, _)| child);
        let sandbox = self.sandbox.iter_mut().map(|(child, _)| child);
        let broker = self.broker.iter_mut().map(|(child, _)| child);
        tills
            .chain(sandbox)
            .chain(broker)
            .chain(self.worker.iter_mut())
            .chain(self.centre.iter_mut())
            .find_map(Child::ended)
    }

    /// Stops the centre and nothing else.
    ///
    /// # Errors
    /// When there is none here to stop.
    pub fn stop_centre(&mut self) -> Result<String> {
        match self.centre.take() {
            Some(centre) => {
                centre.stop();
                Ok(String::from("The centre is stopped. The till goes on selling."))
            }
            None if self.elsewhere => bail!("the centre runs elsewhere"),
            None => bail!("the centre is stopped already"),
        }
    }

    /// Starts the centre, at the address it had before, which the tills have pinned.
    ///
    /// # Errors
    /// When it runs already, runs elsewhere, or does not start.
    pub fn start_centre(&mut self, stop: &Stop) -> Result<String> {
        if self.elsewhere {
            bail!("the centre runs elsewhere");
        }
        if let Some(centre) = &self.centre {
            bail!("{} runs already", centre.name());
        }
        let mut command = self.centre_command();
        command.args([
            "serve",
            "--listen",
            self.memory.centre.as_deref().unwrap_or(FREE_PORT),
            "--inner",
            self.memory.inner.as_deref().unwrap_or(FREE_PORT),
        ]);
        self.name_broker(&mut command);
        let (child, line) = Child::start("centre", command, &self.place.inside("logs"), stop)?;
        self.centre = Some(child);
        self.centre_ready = read_ready("the centre", line)?;
        self.memory.centre = Some(host_and_port(&self.centre_ready.centre)?);
        self.memory.inner = self
            .centre_ready
            .inner
            .as_deref()
            .map(host_and_port)
            .transpose()?;
        Ok(String::from("The centre runs."))
    }

    fn start_sandbox(&mut self, stop: &Stop) -> Result<()> {
        let mut command = self.command("suanpan-sandbox");
        command.args(["--listen", self.memory.sandbox.as_deref().unwrap_or(FREE_PORT)]);
        let (child, line) = Child::start("sandbox", command, &self.place.inside("logs"), stop)?;
        let ready: SandboxReady = read_ready("the sandbox", line)?;
        self.memory.sandbox = Some(host_and_port(&ready.api)?);
        self.sandbox = Some((child, ready));
        Ok(())
    }

    /// The broker, and what the listeners of a shop want to hear.
    fn start_broker(&mut self, stop: &Stop) -> Result<()> {
        let (child, port) = broker::start(&self.place, self.memory.broker, stop)?;
        self.memory.broker = Some(port);
        self.broker = Some((child, port));
        self.ask_centre(&["subscriber", "add-worker"])?;
        Ok(())
    }

    fn start_worker(&mut self, stop: &Stop) -> Result<()> {
        let mut command = self.command("suanpan-trade");
        command
            .arg("--data")
            .arg(self.place.inside("worker"))
            .arg("worker");
        self.name_broker(&mut command);
        let (child, _ready) = Child::start("worker", command, &self.place.inside("logs"), stop)?;
        self.worker = Some(child);
        Ok(())
    }

    fn name_broker(&self, command: &mut Command) {
        if let Some((_, port)) = &self.broker {
            command.env("SUANPAN_BROKER_URL", suanpan_private_rabbitmq::url(*port));
        }
    }

    /// A new centre gets its store and its merchants; a kept one gets what it lacks.
    fn prepare_centre(&mut self) -> Result<()> {
        let store = match &self.memory.store {
            Some(store) => store.clone(),
            None => text_of(
                &self.ask_centre(&["store", "add", "--name", STORE_NAME])?,
                "store",
            )?,
        };
        self.memory.store = Some(store.clone());
        let (_, sandbox) = self
            .sandbox
            .as_ref()
            .context("the sandbox starts before the centre")?;
        let api = sandbox.api.clone();
        let before = self.memory.merchants.len();
        for label in PLATFORMS {
            let mut known = self.memory.merchants.iter();
            if known.any(|merchant| merchant.channel == *label) {
                continue;
            }
            let merchant = self.ask_centre(&[
                "channel",
                "add",
                "--store",
                &store,
                "--label",
                label,
                "--practice-api",
                &api,
            ])?;
            self.memory.merchants.push(Merchant {
                channel: text_of(&merchant, "channel")?,
                enterprise_id: text_of(&merchant, "enterpriseId")?,
            });
        }
        if self.memory.merchants.len() > before {
            self.let_callers_in()?;
        }
        Ok(())
    }

    /// Programs on this machine may try the existing contract unsigned; elsewhere nobody can reach it.
    fn let_callers_in(&self) -> Result<()> {
        let networks = ["--trust", "127.0.0.0/8", "--trust", "::1/128"];
        let caller = ["caller", "add", "--app", PRACTICE_APP];
        self.ask_centre(&[caller.as_slice(), &networks].concat())?;
        for merchant in &self.memory.merchants {
            let grant = ["caller", "grant", "--app", PRACTICE_APP, "--enterprise"];
            self.ask_centre(&[grant.as_slice(), &[&merchant.enterprise_id]].concat())?;
        }
        Ok(())
    }

    fn start_till(&mut self, at: usize, options: &ShopOptions, stop: &Stop) -> Result<()> {
        let name = format!("till-{}", at + 1);
        let mut command = self.command("suanpan-bridge");
        command
            .arg("--data")
            .arg(self.place.inside(&name))
            .args(["--listen", FREE_PORT]);
        // Wherever its centre runs, a till of the practice shop has something to sell and people to sell it.
        command.arg("--seed-practice");
        command.arg("--ui").arg(self.house.root().join("ui/dist"));
        for variable in HOME_VARIABLES {
            command.env(variable, self.place.inside("homes").join(&name));
        }
        if at >= self.memory.tills {
            command.args(["--enrol", &self.enrolment(at, options)?]);
        }
        if let Some((_, sandbox)) = &self.sandbox {
            command.args([
                "--practice-sandbox",
                &sandbox.sandbox,
                "--practice-token",
                &sandbox.token,
            ]);
        }
        let (child, line) = Child::start(&name, command, &self.place.inside("logs"), stop)?;
        let till = read_ready(&name, line)?;
        self.tills.push((child, till));
        self.memory.tills = self.memory.tills.max(at + 1);
        Ok(())
    }

    /// What a till enrols with: `address#code#fingerprint`, or `address#code` when that is all there is; the
    /// till says whether it is enough for that centre.
    fn enrolment(&self, at: usize, options: &ShopOptions) -> Result<String> {
        let Some(centre) = &options.centre else {
            let store = self
                .memory
                .store
                .as_deref()
                .context("the store is added before its tills")?;
            let invited = self.ask_centre(&["till", "invite", "--store", store])?;
            return text_of(&invited, "line");
        };
        let code = options
            .enrol
            .get(at)
            .context("every till needs an --enrol code of its own")?;
        Ok(if code.contains('#') {
            code.clone()
        } else {
            format!("{centre}#{code}")
        })
    }

    fn ask_centre(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = self.centre_command();
        command.args(arguments);
        let shown = format!("suanpan-trade {}", arguments.join(" "));
        let output = command
            .output()
            .with_context(|| format!("cannot start `{shown}`"))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(
            output.status.success(),
            "`{shown}` ended with {}: {complaint}",
            output.status
        );
        serde_json::from_slice(&output.stdout).with_context(|| format!("`{shown}` printed no JSON"))
    }

    fn centre_command(&self) -> Command {
        let mut command = self.command("suanpan-trade");
        command.arg("--data").arg(self.place.inside("centre"));
        if let Some(database) = &self.database {
            command.args(["--database", &database.url("postgres")]);
        }
        command
    }

    fn command(&self, program: &str) -> Command {
        Command::new(self.house.program(program, self.release))
    }
}

impl Drop for Shop<'_> {
    fn drop(&mut self) {
        self.tills.clear();
        self.centre = None;
        self.worker = None;
        self.broker = None;
        self.sandbox = None;
    }
}

fn read_ready<T: DeserializeOwned>(name: &str, line: Value) -> Result<T> {
    let shown = line.to_string();
    serde_json::from_value(line)
        .with_context(|| format!("{name} says it is ready in words not known: {shown}"))
}

fn text_of(value: &Value, name: &str) -> Result<String> {
    let text = value.get(name).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("there is no `{name}` in {value}"))?
        .to_owned())
}

fn host_and_port(url: &str) -> Result<String> {
    let rest = url
        .split_once("://")
        .with_context(|| format!("{url} is not an address"))?
        .1;
    Ok(rest.split(['/', '?', '#']).next().unwrap_or(rest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gives_what_to_listen_on_again() {
        assert_eq!(
            host_and_port("https://127.0.0.1:81/admin?x").unwrap(),
            "127.0.0.1:81"
        );
        assert!(host_and_port("127.0.0.1:81").is_err());
    }

    #[test]
    fn an_unknown_ready_line_is_shown() {
        let problem = read_ready::<CentreReady>("the centre", serde_json::json!({"x": 1}))
            .err()
            .unwrap();
        assert!(format!("{problem:#}").contains(r#"{"x":1}"#));
    }
}
