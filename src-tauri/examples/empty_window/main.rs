//! A window with nothing in it but one field: what a web view itself costs, for `./x bench` to hold the till's
//! window against.
//!
//! Nothing of the till is in it. A text that is ended with Enter goes into the window's title, and from there into
//! the file named on the command line, so that whoever started it can see that it was heard.

use std::path::PathBuf;

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let heard = std::env::args_os().nth(1).map(PathBuf::from);
    tauri::Builder::default()
        .setup(move |app| {
            WebviewWindowBuilder::new(app, "empty", WebviewUrl::App("index.html".into()))
                .inner_size(1366.0, 768.0)
                .on_document_title_changed(move |_window, title| {
                    let Some(file) = heard.as_ref() else { return };
                    if let Err(problem) = std::fs::write(file, title) {
                        eprintln!("empty window: {problem}");
                    }
                })
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!(
            "src-tauri/examples/empty_window/tauri.conf.json"
        ))?;
    Ok(())
}
