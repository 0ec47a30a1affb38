//! Build script of the desktop application: compiles Tauri's configuration and capabilities in.
fn main() {
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(problem) = tauri_build::try_build(attributes) {
        panic!("tauri-build failed: {problem:#}");
    }
}
