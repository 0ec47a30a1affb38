//! The TypeScript side of the contract, generated into `ui/src/generated` and checked to be fresh.
//!
//! `SUANPAN_BLESS=1 cargo test -p suanpan-till bindings` writes the files again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ts_rs::{Config, TS};

use super::*;

const BANNER: &str = "// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.\n";

fn export<T: TS + 'static + ?Sized>(config: &Config) {
    T::export_all(config).expect("a type of the contract is exported");
}

macro_rules! export_all {
    ($($name:literal $variant:ident($request:ty) -> $answer:ty,)*) => {
        fn export_commands(config: &Config) {
            $(export::<$request>(config);)*
            export_answers(config);
        }
    };
}
crate::with_commands!(export_all);

/// A `Vec` has no file of its own, so the answers are exported by hand where they are not structs.
fn export_answers(config: &Config) {
    export::<TillState>(config);
    export::<Entered>(config);
    export::<Preview>(config);
    export::<ArticleHit>(config);
    export::<CategoryTiles>(config);
    export::<CatalogueReport>(config);
    export::<OrderRow>(config);
    export::<OrderDetail>(config);
    export::<Receipt>(config);
    export::<Takings>(config);
    export::<SyncList>(config);
    export::<TransferFile>(config);
    export::<CustomerView>(config);
    export::<Person>(config);
    export::<ShiftView>(config);
    export::<ClosedShift>(config);
    export::<ShiftReport>(config);
    export::<PracticeView>(config);
    export::<FaultSwitches>(config);
    export::<PrintQueue>(config);
    export::<PrintedPapers>(config);
    export::<RefundPreview>(config);
    export::<Problem>(config);
}

/// Names of the contract that a type expression mentions.
fn mentioned(expression: &str) -> Vec<String> {
    let words = expression.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|w| !w.is_empty() && *w != "Array")
        .map(str::to_owned)
        .collect()
}

fn schema_file() -> String {
    let rows = schema();
    let mut names: Vec<String> = rows
        .iter()
        .flat_map(|(_, req, ans)| [mentioned(req), mentioned(ans)].concat())
        .collect();
    names.sort();
    names.dedup();
    let imports: String = names
        .iter()
        .map(|n| format!("import type {{ {n} }} from \"./{n}\";\n"))
        .collect();
    let map: String = rows
        .iter()
        .map(|(cmd, req, ans)| format!("  \"{cmd}\": [{req}, {ans}];\n"))
        .collect();
    let codes: String = Code::ALL
        .iter()
        .map(|c| {
            let code = serde_json::to_string(c).expect("a code is a word");
            let class = serde_json::to_string(&c.class()).expect("a class is a word");
            format!("  {code}: {class},\n")
        })
        .collect();
    format!(
        "{BANNER}\nimport type {{ Class }} from \"./Class\";\nimport type {{ Code }} from \"./Code\";\n{imports}\n\
         /** Every command: its request and its answer. */\nexport type RpcSchema = {{\n{map}}};\n\n\
         /** Every code with its class; a test walks it so that no code is without a sentence. */\n\
         export const CODE_CLASS: Record<Code, Class> = {{\n{codes}}};\n"
    )
}

fn read_folder(folder: &Path) -> BTreeMap<PathBuf, String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .filter_map(Result::ok)
        .map(|e| {
            (
                PathBuf::from(e.file_name()),
                std::fs::read_to_string(e.path()).expect("text"),
            )
        })
        .collect()
}

#[test]
fn bindings_are_fresh() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/generated");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let config = Config::default()
        .with_out_dir(scratch.path())
        .with_large_int("number");
    export_commands(&config);
    std::fs::write(scratch.path().join("schema.ts"), schema_file()).expect("written");
    let made = read_folder(scratch.path());
    if std::env::var_os("SUANPAN_BLESS").is_some() {
        std::fs::create_dir_all(&committed).expect("folder");
        for stale in read_folder(&committed).keys() {
            std::fs::remove_file(committed.join(stale)).expect("removed");
        }
        for (name, text) in &made {
            std::fs::write(committed.join(name), text).expect("written");
        }
    }
    let stale: Vec<_> = read_folder(&committed)
        .into_iter()
        .filter(|(n, t)| made.get(n) != Some(t))
        .collect();
    assert!(
        stale.is_empty() && read_folder(&committed).len() == made.len(),
        "ui/src/generated is stale: run SUANPAN_BLESS=1 cargo test -p suanpan-till bindings; {:?}",
        stale.iter().map(|(n, _)| n).collect::<Vec<_>>()
    );
}
