//! Small charts: a line of block characters, and a picture.

use std::io::BufWriter;

use tollgate_model::Amount;

use crate::card::{Chart, day_of};

/// An amount a character: `▂▂▁▂▂▂▁▂█`. The smallest amount is the lowest block; equal amounts are all in the middle.
pub fn sparkline(amounts: &[Amount]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values: Vec<f64> = amounts.iter().map(|a| a.to_f64()).collect();
    let top = values.iter().copied().fold(0.0, f64::max);
    let bottom = values.iter().copied().fold(0.0, f64::min);
    if top - bottom <= 0.0 {
        return BLOCKS[3].to_string().repeat(values.len());
    }
    values
        .iter()
        .map(|v| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
            let step = ((v - bottom) / (top - bottom) * 7.0).round() as usize;
            BLOCKS[step.min(7)]
        })
        .collect()
}

const HEIGHT: usize = 160;
const BAR: usize = 20;
const GAP: usize = 4;
const MARGIN: usize = 12;
/// Colors that color-blind people can distinguish: gray-blue and orange-red on white.
const PALETTE: [u8; 12] = [255, 255, 255, 150, 165, 185, 213, 94, 0, 205, 205, 205];
const NORMAL: u8 = 1;
const MARKED: u8 = 2;
const LINE: u8 = 3;

/// A picture as PNG: one bar a day, the days of the incident in another color.
pub fn png(chart: &Chart) -> Vec<u8> {
    let count = chart.cost_history.amounts.len().min(120);
    let width = 2 * MARGIN + count * (BAR + GAP);
    let mut pixels = vec![0u8; width * HEIGHT];
    let values: Vec<f64> = chart.cost_history.amounts.iter().take(count).map(|a| a.to_f64().max(0.0)).collect();
    let top = values.iter().copied().fold(0.0, f64::max);
    let room = HEIGHT - 2 * MARGIN;
    let mut fill = |from_x: usize, to_x: usize, from_y: usize, to_y: usize, color: u8| {
        for row in pixels.chunks_exact_mut(width).take(to_y).skip(from_y) {
            row[from_x..to_x].fill(color);
        }
    };
    fill(MARGIN, width - MARGIN, HEIGHT - MARGIN, HEIGHT - MARGIN + 1, LINE);
    for (i, value) in values.iter().enumerate() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "zero to the room"
        )]
        let height = if top > 0.0 { (value / top * room as f64).round() as usize } else { 0 };
        let x = MARGIN + i * (BAR + GAP);
        let color = if chart.marked.contains(day_of(chart, i)) { MARKED } else { NORMAL };
        fill(x, x + BAR, HEIGHT - MARGIN - height.min(room), HEIGHT - MARGIN, color);
    }
    encode(width, &pixels).unwrap_or_default()
}

fn encode(width: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(BufWriter::new(&mut out), size(width), size(HEIGHT));
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(PALETTE.as_slice());
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::{CostHistory, Currency, Day, DayRange};

    #[test]
    fn the_highest_day_has_the_highest_block() {
        let amounts: Vec<Amount> = [10, 10, 0, 20].into_iter().map(Amount::whole).collect();
        assert_eq!(sparkline(&amounts), "▅▅▁█");
        assert_eq!(sparkline(&[Amount::ZERO, Amount::ZERO]), "▄▄");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn a_picture_is_one_and_marks_its_days() {
        let first: Day = "2026-11-01".parse().unwrap();
        let cost_history = CostHistory { first, amounts: vec![Amount::whole(10), Amount::whole(40)] };
        let marked = DayRange { start: first.plus(1), end: first.plus(2) };
        let bytes = png(&Chart { cost_history, marked, currency: Currency::USD });
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let rgb = PALETTE.as_chunks::<3>().0;
        assert_eq!(rgb.len(), 4);
        assert!(bytes.len() < 2_000, "{} bytes", bytes.len());
        let width = 2 * MARGIN + 2 * (BAR + GAP);
        let column = |x: usize, color: u8| (0..HEIGHT).filter(|y| pixels[y * width + x] == color).count();
        assert_eq!(column(MARGIN + 1, NORMAL) * 4, column(MARGIN + BAR + GAP + 1, MARKED));
    }
}
