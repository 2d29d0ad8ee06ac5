//! The comment of a pull request: one, kept up to date, found by a hidden marker in a comment of this gate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use tollgate_model::limits::COMMENT_CHARACTERS;

use super::client::{GitHub, GitHubError};
use crate::cost::OpenChange;

/// The login of GitHub's own token.
const ACTIONS: &str = "github-actions[bot]";
/// Pages of comments that are read.
const PAGES: u32 = 20;

/// How the comment is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Distinguishes the gates of one repository.
    pub tag: String,
    /// The author of our comments.
    pub author: String,
}

impl Marker {
    /// Creates the marker of a gate, from the login of its token.
    ///
    /// # Errors
    ///
    /// When GitHub does not return the login: the comments of this gate could not be distinguished from those of others.
    pub async fn of(github: &GitHub, tag: &str) -> Result<Self, GitHubError> {
        let author = match github.get("/user").await {
            Ok(user) => user["login"].as_str().ok_or_else(|| GitHubError::shape("login of the user"))?.to_owned(),
            // The token of a job may not read its own login.
            Err(error) if matches!(error.status(), Some(401 | 403 | 404)) => ACTIONS.to_owned(),
            Err(error) => return Err(error),
        };
        let tag = tag.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
        Ok(Self { tag, author })
    }

    fn text(&self) -> String {
        format!("<!-- tollgate:policy-gate {} -->", self.tag)
    }

    /// Whether a comment is this gate's. The text alone proves nothing: everybody may write the marker.
    pub fn is(&self, comment: &Value) -> bool {
        comment["user"]["login"].as_str() == Some(&self.author) && body(comment).starts_with(&self.text())
    }
}

fn body(comment: &Value) -> &str {
    comment["body"].as_str().unwrap_or_default()
}

const DATA: &str = "<!-- tollgate:change ";

/// Reads the budget data of a comment, for the gates of other pull requests.
pub(crate) fn read_data(comment: &Value) -> Option<OpenChange> {
    // The data of the gate comes last: text before it may come from a plan.
    let rest = body(comment).rsplit_once(DATA)?.1;
    let bytes = STANDARD.decode(rest.split_once(" -->")?.0.trim()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Cuts Markdown to the length of a comment at a line, and adds a line that says so.
fn cut(markdown: &str, room: usize) -> String {
    const MORE: &str = "\n\n(the comment is cut; the check run has the rest)\n";
    if markdown.chars().count() <= room {
        return markdown.to_owned();
    }
    let mut left = room.saturating_sub(MORE.len());
    let fits = |line: &&str| {
        let length = line.chars().count();
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    };
    markdown.split_inclusive('\n').take_while(fits).collect::<String>() + MORE
}

/// What happened to the comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentOutcome {
    /// It was written.
    Created,
    /// Its text was replaced.
    Updated,
    /// Its text is the same.
    Unchanged,
}

impl CommentOutcome {
    /// Writes the comment of a pull request, or updates the existing one.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn write(
        github: &GitHub,
        marker: &Marker,
        number: u64,
        markdown: &str,
        change: &OpenChange,
    ) -> Result<Self, GitHubError> {
        let data = STANDARD.encode(serde_json::to_vec(change).unwrap_or_default());
        let room = COMMENT_CHARACTERS.size().saturating_sub(marker.text().len() + DATA.len() + data.len() + 16);
        let text = format!("{}\n{}\n{DATA}{data} -->\n", marker.text(), cut(markdown, room));
        let path = github.repo(&format!("issues/{number}/comments"));
        let mut tried = false;
        loop {
            let there = github.pages(&path, &[], PAGES).await?;
            if let Some(comment) = there.iter().find(|c| marker.is(c)) {
                if body(comment).trim_end() == text.trim_end() {
                    return Ok(if tried { Self::Created } else { Self::Unchanged });
                }
                let id = comment["id"].as_u64().ok_or_else(|| GitHubError::shape("id of a comment"))?;
                let changed =
                    github.patch(&github.repo(&format!("issues/comments/{id}")), &json!({ "body": text })).await;
                match changed {
                    // The comment was deleted in the meantime.
                    Err(error) if error.status() == Some(404) => {}
                    other => return other.map(|_| Self::Updated),
                }
            }
            match github.post(&path, &json!({ "body": text })).await {
                // The comment may have been written; then it is found and not written twice.
                Err(error) if error.ambiguous() && !tried => tried = true,
                other => return other.map(|_| Self::Created),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_at_a_line_and_said() {
        let room = COMMENT_CHARACTERS.size();
        let line = "a resource that was changed\n";
        assert_eq!(cut(&line.repeat(room / line.len()), room), line.repeat(room / line.len()));
        let long = cut(&line.repeat(room), room);
        assert!(long.chars().count() <= room && long.ends_with("(the comment is cut; the check run has the rest)\n"));
        assert!(long.contains(&format!("{line}\n\n(the comment")));
        assert!(!cut(&"x".repeat(room + 1), room).contains('x'));
    }
}
