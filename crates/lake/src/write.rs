//! Writing: row groups are encoded on any thread and appended in order.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use tollgate_model::ChargeBatch;

use crate::{LakeError, PartSchema};

/// Size of an upload's parts: above the 5 MiB that S3 requires of all parts but the last.
const UPLOAD: usize = 8 << 20;

pub(crate) fn properties() -> Result<WriterProperties, LakeError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        // Statistics by row group are enough for skipping; statistics by page cost more time than they save.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("tollgate ", env!("CARGO_PKG_VERSION")).to_owned())
        .build())
}

/// The writer of a file with a schema, and the encoders of its columns.
fn writer_of(schema: &PartSchema) -> Result<(SerializedFileWriter<Vec<u8>>, ArrowRowGroupWriterFactory), LakeError> {
    let options = ArrowWriterOptions::new()
        .with_properties(properties()?)
        .with_parquet_schema(ArrowSchemaConverter::new().convert(schema.arrow())?)
        // Readers see plain strings, not our dictionaries.
        .with_skip_arrow_metadata(true);
    let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema.arrow()), options)?;
    Ok(writer.into_serialized_writer()?)
}

/// One file of a run, being written.
pub struct PartWriter {
    writer: SerializedFileWriter<Vec<u8>>,
    upload: Box<dyn MultipartUpload>,
    staged: StagedPart,
}

/// A finished file that does not count yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedPart {
    pub(crate) path: Path,
    pub(crate) name: String,
}

impl PartWriter {
    pub(crate) async fn begin(
        store: &Arc<dyn ObjectStore>,
        path: Path,
        name: String,
        schema: &PartSchema,
    ) -> Result<Self, LakeError> {
        let (writer, _) = writer_of(schema)?;
        let upload = store.put_multipart(&path).await?;
        Ok(Self { writer, upload, staged: StagedPart { path, name } })
    }
    /// Appends an encoded row group.
    ///
    /// # Errors
    ///
    /// When the store refuses or the group is not of this file.
    pub async fn append(&mut self, group: EncodedGroup) -> Result<(), LakeError> {
        let mut row_group = self.writer.next_row_group()?;
        for chunk in group.chunks {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        if self.writer.inner().len() >= UPLOAD {
            let bytes = std::mem::take(self.writer.inner_mut());
            self.upload.put_part(PutPayload::from(Bytes::from(bytes))).await?;
        }
        Ok(())
    }

    /// Finishes the file. It does not count until its revision does.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn finish(mut self) -> Result<StagedPart, LakeError> {
        self.writer.finish()?;
        let bytes = std::mem::take(self.writer.inner_mut());
        self.upload.put_part(PutPayload::from(Bytes::from(bytes))).await?;
        self.upload.complete().await?;
        Ok(self.staged)
    }

    /// Discards the file.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn abort(mut self) -> Result<(), LakeError> {
        Ok(self.upload.abort().await?)
    }
}

/// Encodes one row group.
pub struct GroupEncoder {
    schema: PartSchema,
    columns: Vec<ArrowColumnWriter>,
    rows: usize,
}

/// A row group, encoded and compressed.
pub struct EncodedGroup {
    chunks: Vec<ArrowColumnChunk>,
    rows: usize,
}

impl EncodedGroup {
    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl PartSchema {
    /// An encoder of row groups for files of this schema. It works on any thread, before or after the file is started.
    ///
    /// # Errors
    ///
    /// When the schema cannot be written as Parquet.
    pub fn encoder(&self) -> Result<GroupEncoder, LakeError> {
        let (_, factory) = writer_of(self)?;
        // The number of a row group matters only to encryption.
        let columns = factory.create_column_writers(0)?;
        Ok(GroupEncoder { schema: self.clone(), columns, rows: 0 })
    }
}

impl GroupEncoder {
    /// Encodes further rows.
    ///
    /// # Errors
    ///
    /// When the batch has a column that the file lacks.
    pub fn write(&mut self, batch: &ChargeBatch) -> Result<(), LakeError> {
        let schema: &SchemaRef = self.schema.arrow();
        let arrays = self.schema.arrays(batch)?;
        for ((writer, field), array) in self.columns.iter_mut().zip(schema.fields()).zip(arrays) {
            for leaf in compute_leaves(field, &array)? {
                writer.write(&leaf)?;
            }
        }
        self.rows += batch.rows();
        Ok(())
    }

    /// The row group, or `None` when nothing was written.
    ///
    /// # Errors
    ///
    /// When a column cannot be encoded.
    pub fn finish(self) -> Result<Option<EncodedGroup>, LakeError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let chunks = self.columns.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>()?;
        Ok(Some(EncodedGroup { chunks, rows: self.rows }))
    }
}
