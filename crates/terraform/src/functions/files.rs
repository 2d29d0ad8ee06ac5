//! Functions of files. Only files of the configuration are read: those below the folders of its modules. A pull request could show the
//! content of any other file of the machine in a comment.

use std::path::{Path, PathBuf};

use tollgate_expression::Value;

use super::Answer;
use super::arguments::Arguments;
use crate::source::{Sources, regular};

/// The files of a configuration.
pub(crate) struct Files<'s> {
    pub(crate) sources: &'s Sources,
}

impl Files<'_> {
    pub(super) fn call(&self, arguments: &Arguments<'_>) -> Answer {
        let path = arguments.text(0)?;
        let part = |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().into_owned());
        match arguments.name {
            "basename" => Ok(Value::Text(part(Path::new(&path).file_name()).unwrap_or_default())),
            "dirname" => {
                let folder = part(Path::new(&path).parent().map(Path::as_os_str)).filter(|folder| !folder.is_empty());
                Ok(Value::Text(folder.unwrap_or_else(|| ".".to_owned())))
            }
            "pathexpand" if !path.starts_with('~') => Ok(Value::Text(path)),
            "file" => {
                let own = self.own(&path).ok_or_else(|| arguments.wrong("a file of the configuration"))?;
                Ok(Value::Text(regular(&own).map_err(|_| arguments.wrong("a readable text file"))?))
            }
            "fileexists" => match self.absent(&path) {
                true => Ok(Value::Bool(false)),
                false => {
                    let own = self.own(&path).ok_or_else(|| arguments.wrong("a file of the configuration"))?;
                    Ok(Value::Bool(own.is_file()))
                }
            },
            _ => Err(arguments.wrong("a path without `~`")),
        }
    }

    /// The path of a file, if it is below a folder of a module, also when links are followed.
    fn own(&self, path: &str) -> Option<PathBuf> {
        let whole = self.sources.root()?.join(path).canonicalize().ok()?;
        let folders = self.sources.folders();
        folders
            .iter()
            .filter_map(|folder| folder.canonicalize().ok())
            .any(|folder| whole.starts_with(folder))
            .then_some(whole)
    }

    /// Whether a relative path inside of the root folder leads to nothing.
    fn absent(&self, path: &str) -> bool {
        let relative = Path::new(path);
        let inside = relative
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
        inside && self.sources.root().is_some_and(|root| !root.join(relative).exists())
    }
}
