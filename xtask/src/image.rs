//! `cargo xtask image`: a container image of `tollgate` from static binaries, as an OCI image layout in one tar file. It needs no Docker.
//!
//! Source: OCI image specification 1.1: image-layout.md, image-index.md, manifest.md, config.md, layer.md.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::archive::{Access, EXECUTABLE, READABLE, Tar, gzip, sha256};

/// The user of the container: not root.
const USER: u32 = 65532;
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What an image is made of.
#[derive(clap::Args)]
pub(crate) struct Image {
    /// A static Linux binary of `tollgate`; one for each architecture
    #[arg(long = "binary", required = true)]
    binaries: Vec<PathBuf>,
    /// The certificates of authorities that HTTPS trusts, as PEM
    #[arg(long, default_value = "/etc/ssl/certs/ca-certificates.crt")]
    certificates: PathBuf,
    /// The version, such as v0.1.0
    #[arg(long)]
    version: String,
    /// The commit that was built
    #[arg(long, default_value = "")]
    revision: String,
    /// The tar file to write
    #[arg(long)]
    output: PathBuf,
}

pub(crate) fn write(image: &Image) -> anyhow::Result<()> {
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    let certificates = read(&image.certificates)?;
    let binaries = image.binaries.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let layout = layout(&binaries, &certificates, &image.version, &image.revision)?;
    std::fs::write(&image.output, &layout).with_context(|| image.output.display().to_string())?;
    println!("{} {}", sha256(&layout), image.output.display());
    Ok(())
}

/// The architecture of a static Linux binary, as OCI names it. Errors when the binary needs an interpreter: the image has none.
fn architecture(elf: &[u8]) -> anyhow::Result<&'static str> {
    // Source: System V ABI, "Object files": e_machine at 18, e_phoff at 32, e_phentsize at 54, e_phnum at 56.
    let short = |at: usize| elf.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    ensure!(elf.starts_with(b"\x7fELF\x02\x01"), "the binary is not a 64-bit ELF file");
    let machine = match short(18) {
        Some(62) => "amd64",
        Some(183) => "arm64",
        other => bail!("the binary is for a machine that no image is made for: {other:?}"),
    };
    let start = elf.get(32..40).and_then(|b| <[u8; 8]>::try_from(b).ok()).map(u64::from_le_bytes);
    let start = usize::try_from(start.context("a cut ELF header")?)?;
    let (size, count) = (short(54).context("a cut ELF header")?, short(56).context("a cut ELF header")?);
    for number in 0..usize::from(count) {
        let at = start.checked_add(number * usize::from(size)).context("a wrong ELF header")?;
        let kind = elf.get(at..at + 4).context("a cut ELF file")?;
        ensure!(kind != [3, 0, 0, 0], "the binary is linked dynamically; build it for a musl target");
    }
    Ok(machine)
}

/// The files of one architecture's image.
fn layer(binary: &[u8], certificates: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut tar = Tar::default();
    let owned = Access { mode: 0o755, owner: USER };
    tar.folder("etc/", EXECUTABLE)?;
    let users = format!("root:x:0:0:root:/:/none\ntollgate:x:{USER}:{USER}:tollgate:/home/tollgate:/none\n");
    tar.file("etc/passwd", users.as_bytes(), READABLE)?;
    for folder in ["etc/ssl/", "etc/ssl/certs/"] {
        tar.folder(folder, EXECUTABLE)?;
    }
    tar.file("etc/ssl/certs/ca-certificates.crt", certificates, READABLE)?;
    tar.folder("home/", EXECUTABLE)?;
    tar.folder("home/tollgate/", owned)?;
    tar.folder("tmp/", Access { mode: 0o1777, owner: 0 })?;
    for folder in ["usr/", "usr/local/", "usr/local/bin/"] {
        tar.folder(folder, EXECUTABLE)?;
    }
    tar.file("usr/local/bin/tollgate", binary, EXECUTABLE)?;
    Ok(tar.finish())
}

/// Blobs by digest.
#[derive(Default)]
struct Blobs(BTreeMap<String, Vec<u8>>);

impl Blobs {
    /// Keeps a blob and returns its descriptor.
    fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = sha256(&bytes);
        let descriptor = json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len() });
        self.0.insert(digest, bytes);
        descriptor
    }

    fn add_json(&mut self, media_type: &str, value: &Value) -> anyhow::Result<Value> {
        Ok(self.add(media_type, serde_json::to_vec(value)?))
    }
}

/// The image layout as a tar file.
fn layout(binaries: &[Vec<u8>], certificates: &[u8], version: &str, revision: &str) -> anyhow::Result<Vec<u8>> {
    let labels = json!({
        "org.opencontainers.image.title": "tollgate",
        "org.opencontainers.image.description": "FinOps on the command line: cost, anomalies, budgets, recommendations.",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.source": "https://github.com/tollgate-finops/tollgate",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": revision,
    });
    let mut blobs = Blobs::default();
    let mut manifests = BTreeMap::new();
    for binary in binaries {
        let architecture = architecture(binary)?;
        let files = layer(binary, certificates)?;
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": {
                "User": format!("{USER}:{USER}"),
                "Env": ["PATH=/usr/local/bin", "HOME=/home/tollgate", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
                "Entrypoint": ["/usr/local/bin/tollgate"],
                "WorkingDir": "/home/tollgate",
                "Labels": labels,
            },
            "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", sha256(&files))] },
            "history": [{ "created_by": "cargo xtask image" }],
        });
        let layer = blobs.add(LAYER, gzip(&files)?);
        let config = blobs.add_json(CONFIG, &config)?;
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer], "annotations": labels,
        });
        let mut descriptor = blobs.add_json(MANIFEST, &manifest)?;
        descriptor["platform"] = json!({ "architecture": architecture, "os": "linux" });
        ensure!(manifests.insert(architecture, descriptor).is_none(), "two binaries are for {architecture}");
    }
    let manifests: Vec<Value> = manifests.into_values().collect();
    let of_platforms = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": labels });
    let mut descriptor = blobs.add_json(INDEX, &of_platforms)?;
    descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": version });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor] });
    let mut tar = Tar::default();
    tar.file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#, READABLE)?;
    tar.file("index.json", &serde_json::to_vec(&index)?, READABLE)?;
    tar.folder("blobs/", EXECUTABLE)?;
    tar.folder("blobs/sha256/", EXECUTABLE)?;
    for (digest, bytes) in &blobs.0 {
        tar.file(&format!("blobs/sha256/{digest}"), bytes, READABLE)?;
    }
    Ok(tar.finish())
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::Command;

    use flate2::read::GzDecoder;

    use super::*;

    /// A tiny ELF file with one program header of a kind.
    fn elf(machine: u16, program_header: u32) -> Vec<u8> {
        let mut out = vec![0u8; 64 + 56];
        out[..6].copy_from_slice(b"\x7fELF\x02\x01");
        out[18..20].copy_from_slice(&machine.to_le_bytes());
        out[32..40].copy_from_slice(&64u64.to_le_bytes());
        out[54..56].copy_from_slice(&56u16.to_le_bytes());
        out[56..58].copy_from_slice(&1u16.to_le_bytes());
        out[64..68].copy_from_slice(&program_header.to_le_bytes());
        out
    }

    /// The blob that a descriptor names, after its size and digest were checked.
    fn blob(folder: &Path, descriptor: &Value) -> Vec<u8> {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let bytes = std::fs::read(folder.join("blobs/sha256").join(digest)).unwrap();
        assert_eq!((sha256(&bytes).as_str(), bytes.len() as u64), (digest, descriptor["size"].as_u64().unwrap()));
        bytes
    }

    fn json_blob(folder: &Path, descriptor: &Value, media_type: &str) -> Value {
        assert_eq!(descriptor["mediaType"], media_type);
        serde_json::from_slice(&blob(folder, descriptor)).unwrap()
    }

    #[test]
    fn a_layout_has_an_image_for_each_binary_and_every_digest_is_right() {
        let binaries = [elf(183, 1), elf(62, 1)];
        let bytes = layout(&binaries, b"certificates", "v0.1.0", "abc").unwrap();
        assert_eq!(
            bytes,
            layout(&binaries, b"certificates", "v0.1.0", "abc").unwrap(),
            "the same input, the same bytes"
        );
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::write(folder.join("image.tar"), bytes).unwrap();
        assert!(Command::new("tar").arg("-xf").arg("image.tar").current_dir(folder).status().unwrap().success());
        let version = std::fs::read_to_string(folder.join("oci-layout")).unwrap();
        assert_eq!(version, r#"{"imageLayoutVersion":"1.0.0"}"#);
        let index: Value = serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap();
        assert_eq!(index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], "v0.1.0");
        let platforms = json_blob(folder, &index["manifests"][0], INDEX);
        let mut found = Vec::new();
        for descriptor in platforms["manifests"].as_array().unwrap() {
            let manifest = json_blob(folder, descriptor, MANIFEST);
            let config = json_blob(folder, &manifest["config"], CONFIG);
            assert_eq!(config["architecture"], descriptor["platform"]["architecture"]);
            assert_eq!(config["config"]["User"], "65532:65532");
            let layer = &manifest["layers"][0];
            assert_eq!(layer["mediaType"], LAYER);
            let mut files = Vec::new();
            GzDecoder::new(blob(folder, layer).as_slice()).read_to_end(&mut files).unwrap();
            assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", sha256(&files)));
            let name = descriptor["platform"]["architecture"].as_str().unwrap().to_owned();
            let tar = folder.join(format!("{name}.tar"));
            std::fs::write(&tar, files).unwrap();
            let extract = ["-xOf", tar.to_str().unwrap(), "usr/local/bin/tollgate"];
            let program = Command::new("tar").args(extract).output().unwrap().stdout;
            assert_eq!(architecture(&program).unwrap(), name);
            found.push(name);
        }
        assert_eq!(found, ["amd64", "arm64"]);
    }

    #[test]
    fn a_binary_that_cannot_run_in_the_image_is_refused() {
        let message = |binary: Vec<u8>| layout(&[binary], b"", "v0.1.0", "").unwrap_err().to_string();
        assert!(message(elf(62, 3)).contains("linked dynamically"));
        assert!(message(b"MZ".to_vec()).contains("not a 64-bit ELF"));
        assert!(message(elf(3, 1)).contains("no image"));
        let twice = layout(&[elf(62, 1), elf(62, 1)], b"", "v0.1.0", "").unwrap_err().to_string();
        assert!(twice.contains("two binaries are for amd64"), "{twice}");
    }
}
