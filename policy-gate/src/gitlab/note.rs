//! The note of a merge request: one, kept up to date, found by a hidden marker in a note of this token's user.

use serde_json::{Value, json};

use super::client::{GitLab, GitLabError};

/// The longest note in characters, as GitLab documents it.
const LONGEST: usize = 1_000_000;
/// Pages of notes that are read.
const PAGES: u32 = 20;

/// How the note is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteMarker {
    text: String,
    /// The user of the token.
    author: u64,
}

impl NoteMarker {
    /// Creates the marker of a gate, from the user of its token.
    ///
    /// # Errors
    ///
    /// When GitLab does not return the user: the notes of this gate could not be distinguished from those of others.
    pub async fn of(gitlab: &GitLab, tag: &str) -> Result<Self, GitLabError> {
        let author = gitlab.get("/user").await?["id"].as_u64().ok_or(GitLabError::Shape("id of the user"))?;
        let tag: String = tag.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
        Ok(Self { text: format!("<!-- tollgate:policy-gate {tag} -->"), author })
    }

    /// Whether a note is this gate's. The text alone proves nothing: everybody may write the marker.
    fn is(&self, note: &Value) -> bool {
        note["author"]["id"].as_u64() == Some(self.author) && body(note).starts_with(&self.text)
    }
}

fn body(note: &Value) -> &str {
    note["body"].as_str().unwrap_or_default()
}

/// What happened to the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteOutcome {
    /// It was written.
    Created,
    /// Its text was replaced.
    Updated,
    /// Its text is the same.
    Unchanged,
}

impl NoteOutcome {
    /// Writes the note of a merge request, or updates the existing one.
    ///
    /// # Errors
    ///
    /// When a request fails.
    pub async fn write(gitlab: &GitLab, marker: &NoteMarker, number: u64, markdown: &str) -> Result<Self, GitLabError> {
        let markdown: String = markdown.chars().take(LONGEST - marker.text.len() - 1).collect();
        let text = format!("{}\n{markdown}", marker.text);
        let path = gitlab.of_project(&format!("merge_requests/{number}/notes"));
        let mut tried = false;
        loop {
            if let Some(note) = find(gitlab, marker, &path).await? {
                if body(&note).trim_end() == text.trim_end() {
                    return Ok(if tried { Self::Created } else { Self::Unchanged });
                }
                let id = note["id"].as_u64().ok_or(GitLabError::Shape("id of a note"))?;
                match gitlab.put(&format!("{path}/{id}"), &json!({ "body": text })).await {
                    // The note was deleted in the meantime.
                    Err(error) if error.status() == Some(404) => {}
                    other => return other.map(|_| Self::Updated),
                }
            }
            match gitlab.post(&path, &json!({ "body": text })).await {
                // The note may have been written; then it is found and not written twice.
                Err(error) if error.ambiguous() && !tried => tried = true,
                other => return other.map(|_| Self::Created),
            }
        }
    }
}

async fn find(gitlab: &GitLab, marker: &NoteMarker, path: &str) -> Result<Option<Value>, GitLabError> {
    for page in 1..=PAGES {
        let answer = gitlab.get(&format!("{path}?sort=asc&order_by=created_at&per_page=100&page={page}")).await?;
        let Value::Array(notes) = answer else { return Err(GitLabError::Shape("list of notes")) };
        let last = notes.len() < 100;
        if let Some(note) = notes.into_iter().find(|note| marker.is(note)) {
            return Ok(Some(note));
        }
        if last {
            break;
        }
    }
    Ok(None)
}
