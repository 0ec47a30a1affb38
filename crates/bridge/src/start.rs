//! Starting a till for the bridge, and saying in plain words why it cannot start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use suanpan_till::host::{Host, SystemHost};
use suanpan_till::rpc::{Class, Code, Problem};
use suanpan_till::shell::approver::Approver;
use suanpan_till::shell::{Shell, ShellConfig};
use suanpan_till::till::{TillConfig, witness_path};

/// 128 bits: cannot be guessed on a machine that can be asked a few thousand times a second.
const TOKEN_BYTES: usize = 16;

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(name = "suanpan-bridge", about = "A till for a browser on this machine")]
pub struct Arguments {
    /// Folder of the till's data; made when it is not there.
    #[arg(long)]
    pub data: PathBuf,
    /// Loopback address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Folder of the built screens [default: ui/dist here or beside the program].
    #[arg(long)]
    pub ui: Option<PathBuf>,
    /// Enrolment line `address#code#fingerprint`; `address#code` is enough for a centre at http://127.0.0.1.
    /// Used when the till is not enrolled yet.
    #[arg(long)]
    pub enrol: Option<String>,
    /// Address of the sandbox beside a practice till. Play money.
    #[arg(long, requires = "practice_token")]
    pub practice_sandbox: Option<String>,
    /// The sandbox's admin token.
    #[arg(long, requires = "practice_sandbox")]
    pub practice_token: Option<String>,
    /// Make a fresh till the practice shop, with its sample articles.
    #[arg(long)]
    pub seed_practice: bool,
    /// Begin empty although a till has sold from this folder and its database is gone. Only when no copy of it
    /// is left: numbers go on in a new epoch, and what was not sent to the centre is lost.
    #[arg(long)]
    pub begin_anew: bool,
    /// Make this person a manager, who can approve what a cashier alone may not; the first line of standard
    /// input is their PIN, 4 to 8 digits. Again with the same name gives them a new PIN.
    #[arg(long, value_name = "NAME")]
    pub manager: Option<String>,
}

impl Arguments {
    /// Where the screens are.
    #[must_use]
    pub fn screens(&self) -> Option<PathBuf> {
        if self.ui.is_some() {
            return self.ui.clone();
        }
        let program = std::env::current_exe().ok();
        let beside = program
            .as_deref()
            .and_then(Path::parent)
            .map(|folder| folder.join("ui/dist"));
        [Some(PathBuf::from("ui/dist")), beside]
            .into_iter()
            .flatten()
            .find(|folder| folder.join("index.html").is_file())
    }
}

/// Opens the till, makes it the practice shop, names its manager and enrols it, as the arguments say.
///
/// # Errors
/// Why the till cannot start; nothing that was there is lost.
pub async fn start(arguments: &Arguments, manager: Option<Approver>) -> Result<Shell, Problem> {
    let host: Arc<dyn Host> = Arc::new(SystemHost::new());
    let sandbox = arguments
        .practice_sandbox
        .clone()
        .zip(arguments.practice_token.clone());
    let is_practice = arguments.seed_practice || arguments.practice_sandbox.is_some();
    let mut till = TillConfig::new(&arguments.data, &witness(&arguments.data));
    // Play money may be thrown away without a word.
    till.store.begin_anew = arguments.begin_anew || is_practice;
    let config = ShellConfig { till, sandbox };
    let shell = Shell::start(config, host).await?;
    if is_practice {
        shell.with_till(suanpan_till::till::Till::seed_practice).await?;
    }
    if let Some(manager) = manager {
        manager.save(&shell).await?;
    }
    if let Some(line) = &arguments.enrol {
        shell.enrol(line).await?;
    }
    Ok(shell)
}

/// The witness lies in the person's own state folder, outside of the data and of its backups. It is named
/// after the data folder's whole path, which only a folder that is there has.
pub(crate) fn witness(data: &Path) -> PathBuf {
    if let Err(error) = suanpan_till::private::make(data) {
        tracing::warn!(%error, "the data folder cannot be made");
    }
    let folder = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let state = folder("XDG_STATE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    let settings = state.map_or_else(|| data.with_extension("witness"), |state| state.join("suanpan"));
    witness_path(&settings, data)
}

/// A fresh token for this start.
#[must_use]
pub fn fresh_token() -> String {
    let mut bytes = [0; TOKEN_BYTES];
    SystemHost::new().random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exit status for a problem: 3 refused, 4 to be tried again, 5 a fault; 1 and 2 are the command line's.
#[must_use]
pub const fn exit_code(problem: &Problem) -> u8 {
    match problem.class {
        Class::Refused => 3,
        Class::Retryable => 4,
        Class::Fault => 5,
    }
}

/// What is printed about a problem: one line of JSON for scripts, and a sentence in each language.
#[must_use]
pub fn told(problem: &Problem) -> String {
    let (zh, en) = sentences(problem);
    let line = serde_json::json!({ "problem": problem, "zh": zh, "en": en });
    let reference = problem
        .reference
        .as_ref()
        .map_or_else(String::new, |reference| format!(" [{reference}]"));
    format!("{line}\n{zh}{reference}\n{en}{reference}")
}

fn line_malformed(problem: &Problem) -> (String, String) {
    match problem.params.get("address") {
        Some(address) => (
            format!("交易中心 {address} 需要整行登记码：地址#代码#指纹。只有本机的中心才可以只用代码。"),
            format!(
                "The centre {address} needs the whole line, address#code#fingerprint, as it printed it. \
                 The code alone is enough only for a centre at http://127.0.0.1."
            ),
        ),
        None => (
            "登记码格式不对，应为：地址#代码#指纹。".to_owned(),
            "The enrolment line is not complete; it reads address#code#fingerprint.".to_owned(),
        ),
    }
}

fn sentences(problem: &Problem) -> (String, String) {
    let value = |name: &str| problem.params.get(name).cloned().unwrap_or_default();
    let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    match problem.code {
        Code::AlreadyRunning => both(
            "收银程序已经打开，请使用已打开的那一个。",
            "The till is already open; please use the one that is running.",
        ),
        Code::DatabaseNewer => both(
            "数据由更新版本的程序写入，请升级本程序。数据没有改动。",
            "The data was written by a newer version. Please update this program. Nothing was changed.",
        ),
        Code::DatabaseDamaged => (
            format!("数据文件已损坏，已原样保留：{}。请联系店长。", value("path")),
            format!(
                "The data is damaged and was left as it is: {}. Please tell the manager.",
                value("path")
            ),
        ),
        Code::DatabaseUnreadable => (
            format!("数据无法读写：{}。请检查磁盘和权限。", value("path")),
            format!(
                "The data cannot be read or written: {}. Check the disk and permissions.",
                value("path")
            ),
        ),
        Code::DiskFull => both(
            "磁盘空间不足，请先清理。",
            "The disk is nearly full; please make room first.",
        ),
        Code::EnrolLineMalformed => line_malformed(problem),
        Code::EnrolCodeWrong => both(
            "登记码不存在或已过期，请重新获取。",
            "The enrolment code is unknown or has expired; please ask for a new one.",
        ),
        Code::EnrolCodeUsed => both(
            "登记码已经用过，请重新获取。",
            "The enrolment code was used already; please ask for a new one.",
        ),
        Code::CentreUnreachable => (
            format!("连不上交易中心：{}。请检查网络后重试。", value("address")),
            format!(
                "The trade centre cannot be reached: {}. Check the network and try again.",
                value("address")
            ),
        ),
        Code::CentreNotTheOne => both(
            "应答的不是登记码所指的交易中心，没有登记。",
            "Whoever answered is not the trade centre of this line. Nothing was enrolled.",
        ),
        Code::TillBelongsToShop => both(
            "这台收银机已经属于另一家门店，没有改动。请不带登记码启动。",
            "This till belongs to another shop already. Nothing was changed; start it without the line.",
        ),
        other => (
            format!("收银程序无法启动（{other:?}）。"),
            format!("The till cannot start ({other:?})."),
        ),
    }
}
