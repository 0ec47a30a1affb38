//! The lobby at work: opens and closes tills as wished, one wish after the other.
//!
//! The real till's folder is touched only to see whether it belongs to a shop, and to join one. Practice has a
//! folder of its own, which goes when practice is left.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use suanpan_practice::Keeper;
use suanpan_till::host::Host;
use suanpan_till::private;
use suanpan_till::rpc::state::TillState;
use suanpan_till::rpc::{Code, Command, Problem};
use suanpan_till::shell::approver::Approver;
use suanpan_till::shell::{Shell, ShellConfig};
use suanpan_till::till::{Till, TillConfig};
use tokio::sync::{Mutex, RwLock, watch};
use tokio::task::JoinHandle;

use crate::memory::Remembered;
use crate::{At, LobbyState, Places, Wish};

/// What the desk is opened with.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// Where things are.
    pub places: Places,
    /// The program `suanpan-practice`.
    pub practice_program: PathBuf,
}

/// Why nobody was made a manager.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// A till that has joined no shop has no people to keep.
    #[error("no till has joined a shop here")]
    NoShop,
    /// The till's own no.
    #[error(transparent)]
    Till(#[from] Problem),
}

/// The desktop program's till, whichever it is.
pub struct Desk {
    config: DeskConfig,
    host: Arc<dyn Host>,
    /// Held for the whole of a wish, so that they come one after the other.
    open: Mutex<Open>,
    /// Read by every command; written only when one till makes room for another.
    shell: RwLock<Option<Shell>>,
    lobby: watch::Sender<LobbyState>,
    till: watch::Sender<Option<Arc<TillState>>>,
}

/// What is open beside the till itself.
struct Open {
    remembered: Remembered,
    practice: Option<Keeper>,
    /// Passes the till's states on.
    teller: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk with nothing open yet; [`Self::begin`] opens what was open last. The data folder has to be held.
    #[must_use]
    pub fn new(config: DeskConfig, host: Arc<dyn Host>) -> Self {
        let remembered = Remembered::recall(config.places.data());
        let lobby = LobbyState {
            at: At::Starting,
            problem: None,
            can_leave_practice: false,
        };
        Self {
            config,
            host,
            open: Mutex::new(Open {
                remembered,
                practice: None,
                teller: None,
            }),
            shell: RwLock::new(None),
            lobby: watch::Sender::new(lobby),
            till: watch::Sender::new(None),
        }
    }

    /// Where the program stands: now and whenever it changes.
    #[must_use]
    pub fn lobby(&self) -> watch::Receiver<LobbyState> {
        self.lobby.subscribe()
    }

    /// The open till's state: now and whenever it changes; none while no till is open.
    #[must_use]
    pub fn till(&self) -> watch::Receiver<Option<Arc<TillState>>> {
        self.till.subscribe()
    }

    /// Carries out a command of the open till; nothing while none is open.
    pub async fn rpc(&self, command: Command) -> Option<Result<Value, Problem>> {
        match self.shell.read().await.as_ref() {
            Some(shell) => Some(shell.rpc(command).await),
            None => None,
        }
    }

    /// The process that serves practice; none while there is none.
    pub async fn practice_process(&self) -> Option<u32> {
        let open = self.open.lock().await;
        open.practice.as_ref().and_then(Keeper::process_id)
    }

    /// Where the practice shop's platform is; nothing while there is none.
    pub async fn practice_platform(&self) -> Option<String> {
        let open = self.open.lock().await;
        open.practice
            .as_ref()
            .map(|keeper| keeper.ready().sandbox.clone())
    }

    /// Opens what was open when the program ended.
    pub async fn begin(&self) {
        let mut open = self.open.lock().await;
        let opened = match open.remembered {
            Remembered::Practice => self.resume_practice(&mut open).await,
            Remembered::Shop => self.open_shop(&mut open).await,
            Remembered::Nothing => self.open_what_is_there(&mut open).await,
        };
        self.settle(&open, opened.err()).await;
    }

    /// Makes somebody a manager of the shop's till, or gives them a new PIN, while nothing is open.
    ///
    /// # Errors
    /// [`NameError`].
    pub async fn name_manager(&self, approver: Approver) -> Result<(), NameError> {
        let _open = self.open.lock().await;
        let shell = self.start_real().await?;
        let named = match shell.is_enrolled().await {
            Ok(true) => approver.save(&shell).await.map_err(NameError::Till),
            Ok(false) => Err(NameError::NoShop),
            Err(problem) => Err(NameError::Till(problem)),
        };
        let closed = shell.stop().await;
        named.and(closed.map_err(NameError::Till))
    }

    /// Fulfils a wish as far as it can be, and tells where the program stands then.
    pub async fn wish(&self, wish: Wish) -> LobbyState {
        match wish {
            Wish::Get(_) => {}
            Wish::Practice(_) => self.practise().await,
            Wish::Connect { line } => self.connect(&line).await,
            Wish::LeavePractice(_) => self.leave_practice().await,
        }
        self.lobby.borrow().clone()
    }

    /// Closes whatever is open. It is open again after the next start.
    ///
    /// # Errors
    /// When the till cannot note how far its numbers went; everything sold is on disk all the same.
    pub async fn stop(&self) -> Result<(), Problem> {
        let mut open = self.open.lock().await;
        let closed = self.close_till(&mut open).await;
        if let Some(practice) = open.practice.take() {
            practice.stop().await;
        }
        closed
    }

    async fn practise(&self) {
        let mut open = self.open.lock().await;
        if self.is_open().await {
            return;
        }
        self.starting();
        let opened = match self.belongs_to_shop(&open).await {
            Ok(true) => Err(Problem::new(Code::TillBelongsToShop)),
            Ok(false) => self.open_practice(&mut open).await,
            Err(problem) => Err(problem),
        };
        self.settle(&open, opened.err()).await;
    }

    /// A till that joined a shop just before the program ended is the shop's, whatever was noted last.
    async fn resume_practice(&self, open: &mut Open) -> Result<(), Problem> {
        if !self.belongs_to_shop(open).await? {
            return self.open_practice(open).await;
        }
        self.throw_practice_away(open).await?;
        self.open_shop(open).await
    }

    /// Whether there is a shop's till here, also when it cannot be opened now.
    async fn belongs_to_shop(&self, open: &Open) -> Result<bool, Problem> {
        if open.remembered == Remembered::Shop {
            return Ok(true);
        }
        if !self.config.places.till().is_dir() {
            return Ok(false);
        }
        let shell = self.start_real().await?;
        let enrolled = shell.is_enrolled().await;
        close(shell).await;
        enrolled
    }

    /// The practice shop stays open until the real one has taken the till.
    async fn connect(&self, line: &str) {
        let mut open = self.open.lock().await;
        if self.is_open().await && open.practice.is_none() {
            return;
        }
        self.starting();
        let joined = self.join(&mut open, line).await;
        self.settle(&open, joined.err()).await;
    }

    async fn join(&self, open: &mut Open, line: &str) -> Result<(), Problem> {
        let shell = self.start_real().await?;
        if let Err(problem) = shell.enrol(line).await {
            close(shell).await;
            return Err(problem);
        }
        let left = self.throw_practice_away(open).await;
        if open.remembered == Remembered::Practice {
            // Practice is still open and noted. The next start finds that the till belongs to the shop.
            close(shell).await;
            return left;
        }
        self.show(open, shell).await;
        self.remember(open, Remembered::Shop)?;
        left
    }

    async fn leave_practice(&self) {
        let mut open = self.open.lock().await;
        if open.remembered != Remembered::Practice {
            return;
        }
        self.starting();
        let mut left = self.throw_practice_away(&mut open).await;
        if open.remembered != Remembered::Practice {
            left = left.and(self.open_shop_if_there(&mut open).await);
        }
        self.settle(&open, left.err()).await;
    }

    /// Forgets practice first, so that a program that ends in the middle does not go on with half of it.
    async fn throw_practice_away(&self, open: &mut Open) -> Result<(), Problem> {
        if open.remembered == Remembered::Practice {
            self.remember(open, Remembered::Nothing)?;
        }
        if let Some(practice) = open.practice.take() {
            if let Err(problem) = self.close_till(open).await {
                tracing::warn!(%problem, "the practice till did not close properly");
            }
            practice.stop().await;
        }
        self.remove_practice()
    }

    fn remove_practice(&self) -> Result<(), Problem> {
        let folder = self.config.places.practice();
        match std::fs::remove_dir_all(&folder) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.fault(&error).with("path", folder.display())),
        }
    }

    /// Nothing is remembered, as after a fresh install or when the note was lost: a till that belongs to a shop
    /// says so itself, and practice that was being left is gone.
    async fn open_what_is_there(&self, open: &mut Open) -> Result<(), Problem> {
        self.remove_practice()?;
        self.open_shop_if_there(open).await
    }

    async fn open_shop_if_there(&self, open: &mut Open) -> Result<(), Problem> {
        if self.config.places.till().is_dir() {
            return self.open_shop(open).await;
        }
        Ok(())
    }

    async fn open_shop(&self, open: &mut Open) -> Result<(), Problem> {
        let shell = self.start_real().await?;
        if !shell.is_enrolled().await? {
            close(shell).await;
            // Its own data is the last word: it is free to practise or to join.
            return self.remember(open, Remembered::Nothing);
        }
        self.show(open, shell).await;
        self.remember(open, Remembered::Shop)
    }

    async fn start_real(&self) -> Result<Shell, Problem> {
        let places = &self.config.places;
        let folder = places.till();
        // Its witness is named after the whole path, which only a folder that is there has.
        private::make(&folder).map_err(|error| {
            Problem::new(Code::DatabaseUnreadable)
                .with("path", folder.display())
                .with("reason", error)
        })?;
        let till = TillConfig::new(&folder, &places.witness());
        Shell::start(ShellConfig { till, sandbox: None }, Arc::clone(&self.host)).await
    }

    async fn open_practice(&self, open: &mut Open) -> Result<(), Problem> {
        if open.remembered != Remembered::Practice {
            self.remove_practice()?;
        }
        let folder = self.config.places.practice();
        let shop = folder.join("shop");
        let keeper = Keeper::open(&self.config.practice_program, &shop).await;
        let keeper = keeper.map_err(|error| self.fault(&error))?;
        match self.start_practice(&keeper).await {
            Ok(shell) => self.show(open, shell).await,
            Err(problem) => {
                keeper.stop().await;
                return Err(problem);
            }
        }
        open.practice = Some(keeper);
        self.remember(open, Remembered::Practice)
    }

    async fn start_practice(&self, keeper: &Keeper) -> Result<Shell, Problem> {
        let folder = self.config.places.practice();
        let mut till = TillConfig::new(&folder.join("till"), &folder.join("witness"));
        // Play money may be thrown away without a word.
        till.store.begin_anew = true;
        let ready = keeper.ready();
        let sandbox = Some((ready.sandbox.clone(), ready.token.clone()));
        let shell = Shell::start(ShellConfig { till, sandbox }, Arc::clone(&self.host)).await?;
        let furnished = match shell.with_till(Till::seed_practice).await {
            Ok(()) => join_practice(&shell, &ready.enrol).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = furnished {
            close(shell).await;
            return Err(problem);
        }
        Ok(shell)
    }

    async fn is_open(&self) -> bool {
        self.shell.read().await.is_some()
    }

    /// Makes `shell` the till of the program.
    async fn show(&self, open: &mut Open, shell: Shell) {
        let mut states = shell.states();
        let till = self.till.clone();
        *self.shell.write().await = Some(shell);
        open.teller = Some(tokio::spawn(async move {
            loop {
                let state = Arc::clone(&states.borrow_and_update());
                till.send_replace(Some(state));
                if states.changed().await.is_err() {
                    return;
                }
            }
        }));
    }

    async fn close_till(&self, open: &mut Open) -> Result<(), Problem> {
        // Commands under way end first, and what comes later finds no till.
        let shell = self.shell.write().await.take();
        if let Some(teller) = open.teller.take() {
            teller.abort();
            // Only when it has ended is nothing told after the end; that it was aborted is no news.
            let _ = teller.await;
        }
        self.till.send_replace(None);
        match shell {
            Some(shell) => shell.stop().await,
            None => Ok(()),
        }
    }

    fn remember(&self, open: &mut Open, remembered: Remembered) -> Result<(), Problem> {
        remembered
            .note(self.config.places.data())
            .map_err(|error| self.fault(&error))?;
        open.remembered = remembered;
        Ok(())
    }

    fn starting(&self) {
        self.lobby.send_modify(|lobby| {
            lobby.at = At::Starting;
            lobby.problem = None;
        });
    }

    /// Tells where the program stands after a wish.
    async fn settle(&self, open: &Open, problem: Option<Problem>) {
        let at = match (self.is_open().await, &open.practice) {
            (false, _) => At::Choosing,
            (true, Some(_)) => At::Practice,
            (true, None) => At::Shop,
        };
        if let Some(problem) = &problem {
            tracing::warn!(%problem, ?at, "a wish of the lobby was not fulfilled");
        }
        self.lobby.send_replace(LobbyState {
            at,
            problem,
            can_leave_practice: open.remembered == Remembered::Practice,
        });
    }

    /// A fault with a reference to read aloud, and its cause beside it in the log.
    fn fault(&self, error: &dyn std::error::Error) -> Problem {
        let reference = self.host.reference();
        tracing::error!(%reference, %error, "the lobby could not do it");
        Problem {
            reference: Some(reference),
            ..Problem::new(Code::Internal)
        }
    }
}

/// A practice till that joined its shop already stays there.
async fn join_practice(shell: &Shell, line: &str) -> Result<(), Problem> {
    if shell.is_enrolled().await? {
        return Ok(());
    }
    shell.enrol(line).await
}

/// Closes a till that is not shown; what it has on disk stays.
async fn close(shell: Shell) {
    if let Err(problem) = shell.stop().await {
        tracing::warn!(%problem, "a till that was only looked at did not close properly");
    }
}
