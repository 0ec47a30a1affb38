//! The screens as files: read once at start, so that no request ever names a path on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::Shared;

/// What a page may load and reach: itself. Drawings of codes and small pictures come as data.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; \
                      style-src-attr 'unsafe-inline'; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
/// Folders within folders that are looked into: the screens have one.
const DEPTH_MAX: usize = 8;
/// Shown where the screens were not built.
const NO_SCREENS: &str = "<!doctype html><meta charset=\"utf-8\"><title>Suanpan</title>\
    <p>界面尚未构建。请在项目目录运行 <code>npm run build</code>，然后重新启动。</p>\
    <p>The screens are not built. Run <code>npm run build</code> in the project, then start again.</p>";

/// Every file of the screens by its path on the server.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    files: BTreeMap<String, (Bytes, &'static str)>,
}

impl Pages {
    /// Reads the folder whole.
    pub(crate) fn read(folder: Option<&Path>) -> io::Result<Self> {
        let mut pages = Self::default();
        if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
            pages.read_folder(folder, "", DEPTH_MAX)?;
        }
        pages.files.entry("/index.html".to_owned()).or_insert_with(|| {
            (
                Bytes::from_static(NO_SCREENS.as_bytes()),
                "text/html; charset=utf-8",
            )
        });
        Ok(pages)
    }

    fn read_folder(&mut self, folder: &Path, at: &str, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let (path, at) = (entry.path(), format!("{at}/{name}"));
            let kind = entry.file_type()?;
            if kind.is_dir() && depth > 0 {
                self.read_folder(&path, &at, depth - 1)?;
            } else if kind.is_file() {
                self.files
                    .insert(at, (Bytes::from(fs::read(&path)?), content_type(&path)));
            }
        }
        Ok(())
    }

    fn find(&self, path: &str) -> Option<&(Bytes, &'static str)> {
        let path = if path == "/" { "/index.html" } else { path };
        self.files.get(path)
    }
}

fn content_type(path: &Path) -> &'static str {
    let extension = PathBuf::from(path);
    match extension
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Serves a file of the screens, by its exact path.
pub(crate) async fn page(State(shared): State<Arc<Shared>>, method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let Some((bytes, content_type)) = shared.pages.find(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Built assets carry their hash in their name; pages do not.
    let is_asset = uri.path().starts_with("/assets/");
    let cache = if is_asset {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, bytes.clone()).into_response()
}
