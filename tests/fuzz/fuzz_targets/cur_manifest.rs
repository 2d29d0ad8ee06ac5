//! Manifests of data exports, as S3 has them.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tollgate_sources::aws_data_export::DataExport;

fuzz_target!(|bytes: &[u8]| {
    futures::executor::block_on(async {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let manifest = Path::from("cur/e/metadata/BILLING_PERIOD=2026-11/e-Manifest.json");
        store.put(&manifest, bytes.to_vec().into()).await.expect("a store in memory");
        store.put(&Path::from("cur/e/data/e-00001.csv"), b"x".to_vec().into()).await.expect("a store in memory");
        let export = DataExport::new(store, "bills", "cur/e");
        let Ok(manifests) = export.manifests().await else { return };
        let folder = tempfile::tempdir().expect("a folder");
        for manifest in manifests {
            let Ok(files) = export.fetch(&manifest, folder.path(), 1 << 20).await else { continue };
            for file in files {
                assert!(file.starts_with(folder.path()), "{} is outside of the folder", file.display());
            }
        }
    });
});
