//! `.tf` and `.tofu` sources, parsed with their locations; one module per folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};
use serde::Deserialize;

use tollgate_model::limits::{GATE_FILE, GATE_SOURCES};

use crate::address::{Address, ModuleStep, module_path};
use crate::json_source::to_native;

/// The largest source file that is read.
const LIMIT: usize = 4 << 20;
/// The deepest tree of modules.
const DEPTH: usize = 32;
/// The most modules.
const MODULES: usize = 2_000;

/// A location in a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLocation {
    /// The file, relative to the working directory.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last character, from 1.
    pub end_column: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A source file that could not be read. Findings on its resources have no location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFileError {
    /// The file.
    pub file: String,
    /// The error, with its line and column if known.
    pub message: String,
}

/// A file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path, relative to the working directory, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    body: Body,
    /// The start of each line: a file of thousands of resources has a location for each.
    lines: Vec<usize>,
}

impl SourceFile {
    fn new(path: String, text: String, body: Body) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, body, lines }
    }

    /// Returns the location of a byte range.
    pub fn place(&self, bytes: Range<usize>) -> SourceLocation {
        let position = |at: usize| {
            let at = if self.text.is_char_boundary(at) { at } else { self.text.len() };
            let line = self.lines.partition_point(|start| *start <= at).max(1);
            let start = self.lines.get(line - 1).copied().unwrap_or_default();
            (line, self.text.get(start..at).unwrap_or_default().chars().count() + 1)
        };
        let ((line, column), (end_line, end_column)) = (position(bytes.start), position(bytes.end));
        SourceLocation {
            file: self.path.clone(),
            line,
            column,
            end_line,
            end_column,
            start: bytes.start,
            end: bytes.end,
        }
    }
}

/// A node in a file.
#[derive(Debug)]
pub struct Located<'s, T> {
    /// The file.
    pub file: &'s SourceFile,
    /// The node.
    pub node: &'s T,
}

impl<T> Clone for Located<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Located<'_, T> {}

impl<'s> Located<'s, Block> {
    /// Returns an attribute of the block.
    pub fn attribute(&self, name: &str) -> Option<Located<'s, Expression>> {
        let attribute = self.node.body.get_attribute(name)?;
        Some(Located { file: self.file, node: &attribute.value })
    }

    /// Returns the location of an attribute, its name and value.
    pub fn attribute_place(&self, name: &str) -> Option<SourceLocation> {
        let attribute = self.node.body.get_attribute(name)?;
        Some(self.file.place(attribute.span()?))
    }

    /// Returns the location of the head of the block: `resource "aws_instance" "web"`.
    pub fn head(&self) -> SourceLocation {
        let start = self.node.span().unwrap_or(0..0).start;
        let end = self.node.labels.last().and_then(Span::span).or(self.node.ident.span()).map_or(start, |s| s.end);
        self.file.place(start..end)
    }

    /// Returns the nested blocks of a name, including those of `dynamic` blocks.
    pub fn nested(&self, name: &str) -> Vec<Nested<'s>> {
        let blocks = self.node.body.blocks();
        blocks
            .filter_map(|block| {
                if block.ident.as_str() == name {
                    return Some(Nested { block: Located { file: self.file, node: block }, dynamic: None });
                }
                let dynamic = block.ident.as_str() == "dynamic" && block.labels.first()?.as_str() == name;
                let content = block.body.blocks().find(|b| b.ident.as_str() == "content")?;
                dynamic.then_some(Nested {
                    block: Located { file: self.file, node: content },
                    dynamic: Some(Located { file: self.file, node: block }),
                })
            })
            .collect()
    }
}

/// A nested block.
#[derive(Clone, Copy, Debug)]
pub struct Nested<'s> {
    /// The block, or the `content` of a `dynamic` block.
    pub block: Located<'s, Block>,
    /// The `dynamic` block that contains it.
    pub dynamic: Option<Located<'s, Block>>,
}

impl Nested<'_> {
    /// Returns its location.
    pub fn place(&self) -> SourceLocation {
        self.dynamic.unwrap_or(self.block).head()
    }
}

/// A folder of sources.
#[derive(Clone, Debug, Default)]
pub struct SourceModule {
    /// The folder, relative to the working directory.
    pub folder: PathBuf,
    /// Whether it is part of the repository, so that a fix may be offered.
    pub local: bool,
    files: Vec<SourceFile>,
    /// Blocks by kind and labels: file and position.
    index: HashMap<String, (usize, usize)>,
}

impl SourceModule {
    /// Returns the block of a kind with labels.
    pub fn block(&self, kind: &str, labels: &[&str]) -> Option<Located<'_, Block>> {
        let (file, at) = *self.index.get(&format!("{kind}.{}", labels.join(".")))?;
        self.at(file, at)
    }

    fn at(&self, file: usize, at: usize) -> Option<Located<'_, Block>> {
        let file = self.files.get(file)?;
        Some(Located { file, node: file.body.get(at)?.as_block()? })
    }

    /// Returns the configuration of a provider.
    pub fn provider(&self, name: &str, alias: Option<&str>) -> Option<Located<'_, Block>> {
        self.blocks("provider").find(|block| {
            let labelled = block.node.labels.first().is_some_and(|l| l.as_str() == name);
            let its_alias = block.node.body.get_attribute("alias").and_then(|a| a.value.as_str());
            labelled && its_alias == alias
        })
    }

    /// Returns all blocks of a kind, in order.
    pub fn blocks<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = Located<'s, Block>> {
        self.files.iter().flat_map(move |file| {
            file.body.blocks().filter(move |b| b.ident.as_str() == kind).map(move |node| Located { file, node })
        })
    }

    /// Returns a local value.
    pub fn local(&self, name: &str) -> Option<Located<'_, Expression>> {
        self.blocks("locals").find_map(|block| block.attribute(name))
    }

    /// Returns its files.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    fn index(&mut self) {
        for (f, file) in self.files.iter().enumerate() {
            for (at, structure) in file.body.iter().enumerate() {
                if let Structure::Block(block) = structure {
                    let labels: Vec<&str> = block.labels.iter().map(|l| l.as_str()).collect();
                    self.index.entry(format!("{}.{}", block.ident.as_str(), labels.join("."))).or_insert((f, at));
                }
            }
        }
    }
}

/// The sources of a configuration, by the path of their module: `module.web.module.db`.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The folder of the root module.
    root: PathBuf,
    modules: BTreeMap<String, Rc<SourceModule>>,
    /// The number of files read so far.
    files: usize,
    /// Exact versions of providers by name, from `.terraform.lock.hcl`.
    locked: BTreeMap<String, String>,
    /// Whether sources written as JSON are read too.
    json: bool,
    /// Files that could not be read.
    pub errors: Vec<SourceFileError>,
}

/// `.terraform/modules/modules.json`: where `init` put the modules.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    modules: Vec<ManifestModule>,
}

#[derive(Deserialize)]
struct ManifestModule {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Dir", default)]
    dir: String,
}

impl Sources {
    /// Reads the sources of a folder and of the modules that it calls, as far as they are present.
    pub fn read(folder: &Path) -> Self {
        Self::default().read_from(folder)
    }

    /// The same with the sources that are written as JSON. Their locations are not those of their files: they are for evaluation only.
    pub fn read_with_json(folder: &Path) -> Self {
        Self { json: true, ..Self::default() }.read_from(folder)
    }

    fn read_from(self, folder: &Path) -> Self {
        let manifest = regular(&folder.join(".terraform/modules/modules.json")).unwrap_or_default();
        let manifest: HashMap<String, PathBuf> = serde_json::from_str::<Manifest>(&manifest)
            .map(|m| m.modules.into_iter().map(|m| (m.key, folder.join(m.dir))).collect())
            .unwrap_or_default();
        let mut out = Self { root: folder.to_owned(), locked: locked(folder), ..self };
        let mut folders = BTreeMap::new();
        out.load(folder.to_owned(), true, &mut Vec::new(), &manifest, &mut folders);
        out
    }

    /// Returns the folders that the sources of a folder call as local modules.
    pub fn local_calls(folder: &Path) -> Vec<PathBuf> {
        let module = Self::default().folder(folder, true);
        let source = |call: Located<'_, Block>| call.attribute("source")?.node.as_str().map(str::to_owned);
        let local = module.blocks("module").filter_map(source).filter(|s| s.starts_with("./") || s.starts_with("../"));
        local.map(|relative| plain(&folder.join(relative))).collect()
    }

    fn load(
        &mut self,
        folder: PathBuf,
        local: bool,
        path: &mut Vec<String>,
        manifest: &HashMap<String, PathBuf>,
        folders: &mut BTreeMap<PathBuf, Rc<SourceModule>>,
    ) {
        if path.len() > DEPTH || self.modules.len() >= MODULES {
            return;
        }
        let module = match folders.get(&folder) {
            Some(known) => known.clone(),
            None => {
                let module = Rc::new(self.folder(&folder, local));
                folders.insert(folder.clone(), module.clone());
                module
            }
        };
        let steps: Vec<String> = path.iter().map(|name| format!("module.{name}")).collect();
        self.modules.insert(steps.join("."), module.clone());
        for call in module.blocks("module") {
            let Some(name) = call.node.labels.first() else { continue };
            let source = call.attribute("source").and_then(|s| s.node.as_str());
            path.push(name.as_str().to_owned());
            let relative = source.filter(|s| s.starts_with("./") || s.starts_with("../"));
            let next = match relative {
                Some(relative) => Some((plain(&folder.join(relative)), local)),
                None => manifest.get(&path.join(".")).map(|dir| (plain(dir), false)),
            };
            // A module that calls itself would never end.
            if let Some((next, local)) = next.filter(|(next, _)| next.is_dir()) {
                self.load(next, local, path, manifest, folders);
            }
            path.pop();
        }
    }

    fn folder(&mut self, folder: &Path, local: bool) -> SourceModule {
        let mut module = SourceModule { folder: folder.to_owned(), local, ..SourceModule::default() };
        let mut paths: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.flatten().map(|e| e.path()).collect(),
            Err(_) => {
                self.error(folder, "the folder cannot be read");
                return module;
            }
        };
        paths.sort();
        for path in paths {
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            let is_json = name.ends_with(".tf.json") || name.ends_with(".tofu.json");
            if is_json && !self.json {
                self.error(&path, "sources written as JSON have no locations yet");
            }
            if !(matches!(extension, "tf" | "tofu") || is_json && self.json) || name.starts_with('.') {
                continue;
            }
            // If both exist, OpenTofu reads its own.
            if extension == "tf" && path.with_extension("tofu").is_file() {
                continue;
            }
            self.files += 1;
            if self.files > GATE_SOURCES.size() {
                self.error(folder, &format!("the sources are more than {GATE_SOURCES}"));
                break;
            }
            let text = match regular(&path) {
                Ok(text) => text,
                Err(why) => {
                    self.error(&path, &why);
                    continue;
                }
            };
            let text = match is_json.then(|| to_native(&text)) {
                None => text,
                Some(Ok(native)) => native,
                Some(Err(why)) => {
                    self.error(&path, &why);
                    continue;
                }
            };
            match tollgate_expression::parse(&text, LIMIT) {
                Ok(body) => module.files.push(SourceFile::new(shown(&path), text, body)),
                Err(refused) => {
                    let message = format!("{}:{}: {}", refused.line, refused.column, refused.message);
                    self.error(&path, &message);
                }
            }
        }
        module.index();
        module
    }

    fn error(&mut self, path: &Path, message: &str) {
        self.errors.push(SourceFileError { file: shown(path), message: message.to_owned() });
    }

    /// Returns the module that contains an address.
    pub fn module(&self, steps: &[ModuleStep]) -> Option<&SourceModule> {
        self.modules.get(&module_path(steps)).map(Rc::as_ref)
    }

    /// Returns the block of a resource.
    pub fn resource(&self, address: &Address) -> Option<Located<'_, Block>> {
        let kind = if address.data { "data" } else { "resource" };
        self.module(&address.modules)?.block(kind, &[&address.kind, &address.name])
    }

    /// Returns the block that calls a module.
    pub fn call(&self, steps: &[ModuleStep]) -> Option<Located<'_, Block>> {
        let (last, above) = steps.split_last()?;
        self.module(above)?.block("module", &[&last.name])
    }

    /// Returns the locked versions of providers, by `registry.terraform.io/hashicorp/aws`.
    pub fn locked(&self) -> &BTreeMap<String, String> {
        &self.locked
    }

    /// Returns the sources with the text of one file replaced; `None` when the text does not parse or the file does not exist.
    pub fn with(&self, path: &str, text: String) -> Option<Self> {
        let body = tollgate_expression::parse(&text, LIMIT).ok()?;
        let mut out = self.clone();
        let mut found = false;
        for module in out.modules.values_mut() {
            let Some(at) = module.files.iter().position(|f| f.path == path) else { continue };
            let mut changed = SourceModule::clone(module);
            changed.files[at] = SourceFile::new(path.to_owned(), text.clone(), body.clone());
            changed.index.clear();
            changed.index();
            *module = Rc::new(changed);
            found = true;
        }
        found.then_some(out)
    }

    /// Returns the folder of the root module; `None` without sources.
    pub fn root(&self) -> Option<&Path> {
        self.modules.contains_key("").then_some(self.root.as_path())
    }

    /// Returns the folders of all modules, each once.
    pub(crate) fn folders(&self) -> BTreeSet<&Path> {
        self.modules.values().map(|module| module.folder.as_path()).collect()
    }

    /// Returns every file of every module, each once.
    pub fn files(&self) -> Vec<&SourceFile> {
        let mut out: BTreeMap<&str, &SourceFile> = BTreeMap::new();
        for module in self.modules.values() {
            out.extend(module.files.iter().map(|f| (f.path.as_str(), f)));
        }
        out.into_values().collect()
    }
}

/// Reads the versions of the lock file; none when it cannot be read.
fn locked(folder: &Path) -> BTreeMap<String, String> {
    let text = regular(&folder.join(".terraform.lock.hcl")).unwrap_or_default();
    let Ok(body) = tollgate_expression::parse(&text, LIMIT) else { return BTreeMap::new() };
    let version = |block: &Block| {
        let version = block.body.get_attribute("version")?.value.as_str()?.to_owned();
        Some((block.labels.first()?.as_str().to_owned(), version))
    };
    body.blocks().filter(|b| b.ident.as_str() == "provider").filter_map(version).collect()
}

/// Reads a regular file within the limit. Opening a pipe would block, and a device has no end.
pub(crate) fn regular(path: &Path) -> Result<String, String> {
    let meta = std::fs::metadata(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    if !meta.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    let read = file.take(GATE_FILE.value + 1).read_to_string(&mut text);
    read.map_err(|_| "the file cannot be read as UTF-8 text".to_owned())?;
    if text.len() > GATE_FILE.size() {
        return Err(format!("the file is larger than {GATE_FILE}"));
    }
    Ok(text)
}

/// Removes `.` and `..` from the middle of a path.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir
                if matches!(out.components().next_back(), Some(std::path::Component::Normal(_))) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_its_line_and_column_in_characters() {
        let text = "a = \"é\"\n\n  b = 1\nlast";
        let body = tollgate_expression::parse("", LIMIT).unwrap();
        let file = SourceFile::new("main.tf".to_owned(), text.to_owned(), body);
        for at in 0..text.len() + 2 {
            let before = text.get(..at).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let place = file.place(at..at);
            assert_eq!((place.line, place.column, place.end_line), (line, column, line), "{at}");
        }
    }
}
