//! Build script of the desktop application: compiles Tauri's configuration, capabilities and permissions in.
//!
//! The shell's commands have permissions of their own, so that a window may call only those its capability lists.

fn main() {
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(
            tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*"),
        );
    for folder in ["capabilities", "permissions"] {
        println!("cargo:rerun-if-changed=src-tauri/{folder}");
    }
    if let Err(problem) = tauri_build::try_build(attributes) {
        panic!("tauri-build failed: {problem:#}");
    }
}
