//! Generates what the desktop shell needs at run time: the table of what the page may call, from
//! the one hand-written permission file.

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let attributes = tauri_build::Attributes::new().app_manifest(
        tauri_build::AppManifest::new()
            .permissions_path_pattern("./src-tauri/permissions/**/*.toml"),
    );
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:error={error:#}");
    }
}
