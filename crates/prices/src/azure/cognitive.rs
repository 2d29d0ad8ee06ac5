//! azurerm_cognitive_account and azurerm_cognitive_deployment: requests and tokens by the model, of a usage file.

use crate::prelude::*;

/// azurerm_cognitive_account: speech and text; an OpenAI account is paid by its deployments.
pub(super) fn account(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("kind").required()?;
    let tier = r.text("sku_name").known_or("S0".to_owned());
    if tier == "F0" {
        return Ok(());
    }
    match kind.as_str() {
        // Its deployments pay.
        "OpenAI" | "AIServices" => Ok(()),
        "LUIS" => {
            bill.usage(
                "Text requests",
                "1K transactions",
                "azure/cognitive_account/text-requests",
                "monthly_luis_text_requests",
                1000,
            );
            bill.known(
                "Speech requests",
                "1K transactions",
                "azure/cognitive_account/speech-requests",
                "monthly_luis_speech_requests",
            );
            Ok(())
        }
        "TextAnalytics" => {
            bill.usage(
                "Text records",
                "1K records",
                "azure/cognitive_account/text-records",
                "monthly_language_text_analytics_records",
                1000,
            );
            bill.known(
                "Customized summarization",
                "1K records",
                "azure/cognitive_account/customized-summarization",
                "monthly_language_customized_summarization_records",
            );
            Ok(())
        }
        "SpeechServices" => {
            bill.usage(
                "Speech to text",
                "hours",
                "azure/cognitive_account/speech-to-text",
                "monthly_standard_speech_to_text_hrs",
                1,
            );
            Ok(())
        }
        other => Err(Unpriced(format!("accounts of the kind {other} have no price yet"))),
    }
}

/// azurerm_cognitive_deployment: tokens, images, sessions and hosting of a model.
pub(super) fn deployment(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let model = r.text("model.name").required()?.to_lowercase();
    let of = |words: &str| format!("azure/cognitive_deployment/{words}-{model}");
    for (name, unit, words, figure) in [
        ("Embeddings", "1K tokens", "text-embeddings", "monthly_text_embeddings_tokens"),
        ("Cached input", "1K tokens", "cached-text-input", "monthly_cached_text_input_tokens"),
        ("Base model tokens", "1K tokens", "base-model-tokens", "monthly_base_model_tokens"),
        ("Fine-tuning, training", "hours", "fine-tuning-training", "monthly_fine_tuning_training_hrs"),
        ("Fine-tuning, hosting", "hours", "fine-tuning-hosting", "monthly_fine_tuning_hosting_hrs"),
        ("Fine-tuning, input", "1K tokens", "fine-tuning-input", "monthly_fine_tuning_input_tokens"),
        ("Fine-tuning, output", "1K tokens", "fine-tuning-output", "monthly_fine_tuning_output_tokens"),
        ("Speech", "1M characters", "text-to-speech", "monthly_text_to_speech_characters"),
        ("Transcription", "hours", "text-to-speech", "monthly_text_to_speech_hrs"),
        ("Images, 1024x1024", "100 images", "standard-1024x1024-images", "monthly_standard_1024_1024_images"),
        ("Images, 1024x1792", "100 images", "standard-1024x1792-images", "monthly_standard_1024_1792_images"),
        ("Images in high resolution, 1024x1024", "100 images", "hd-1024x1024-images", "monthly_hd_1024_1024_images"),
        ("Images in high resolution, 1024x1792", "100 images", "hd-1024x1792-images", "monthly_hd_1024_1792_images"),
    ] {
        bill.known(name, unit, &of(words), figure);
    }
    bill.known(
        "Code interpreter",
        "sessions",
        "azure/cognitive_deployment/code-interpreter-sessions",
        "monthly_code_interpreter_sessions",
    );
    let listed =
        ["embedding", "dall-e", "whisper", "tts", "babbage", "davinci"].iter().any(|part| model.contains(part));
    if !listed {
        bill.usage("Input", "1K tokens", &of("text-input"), "monthly_text_input_tokens", 100_000);
        bill.usage("Output", "1K tokens", &of("text-output"), "monthly_text_output_tokens", 100_000);
    } else if bill.components.is_empty() {
        bill.usage("Use of the model", "uses", &of("use"), "monthly_uses", 1);
    }
    Ok(())
}
