//! Build script of the desktop application: compiles Tauri's configuration and capabilities in.
//!
//! The commands are named here, so that a window may call only those its capability lists.
const COMMANDS: &[&str] = &["rpc", "lobby", "customer_open"];

fn main() {
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    if let Err(problem) = tauri_build::try_build(attributes) {
        panic!("tauri-build failed: {problem:#}");
    }
}
