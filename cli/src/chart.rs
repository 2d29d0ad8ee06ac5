//! Charts of daily cost: columns in the terminal, lines as SVG.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use tollgate_model::forecast::ForecastDay;
use tollgate_model::{Amount, Currency, Day};

/// One line of a chart.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) days: Vec<(Day, Amount)>,
    /// The forecast after those days: mean and 90 % interval. Drawn in an SVG only.
    pub(crate) ahead: Vec<ForecastDay>,
}

/// A marked day.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) day: Day,
}

pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) currency: Currency,
    pub(crate) series: Vec<Series>,
    pub(crate) marks: Vec<Mark>,
    /// The expected cost of a marked day.
    pub(crate) expected: Option<Amount>,
    /// The range of normal cost on a marked day.
    pub(crate) normal: Option<(Amount, Amount)>,
}

/// Rows of a terminal chart.
const HEIGHT: usize = 10;
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl Chart {
    /// Columns of blocks, the newest day to the right; marked days have a `^` below. Of more days than fit, the newest.
    pub(crate) fn text(&self, width: usize) -> String {
        let Some(series) = self.series.first() else { return String::new() };
        let label_width = 12;
        let room = width.saturating_sub(label_width + 3).max(10);
        let days = &series.days[series.days.len().saturating_sub(room)..];
        let top = days.iter().map(|(_, a)| a.to_f64()).fold(0.0, f64::max);
        let step = nice(top / 4.0);
        let ceiling = (top / step).ceil() * step;
        let mut out = format!(" {}\n", self.title);
        for row in (0..HEIGHT).rev() {
            let (low, high) = (ceiling * fraction(row), ceiling * fraction(row + 1));
            // A label where a step of the scale ends in this row.
            let tick = (high / step).floor() * step;
            let label = if tick > low || row == HEIGHT - 1 {
                short(if row == HEIGHT - 1 { ceiling } else { tick })
            } else {
                String::new()
            };
            out += &format!(" {label:>label_width$} │");
            for (_, amount) in days {
                let filled = ((amount.to_f64() - low) / (high - low) * 8.0).round().clamp(0.0, 8.0);
                out.push(BLOCKS[index(filled)]);
            }
            out = out.trim_end().to_owned() + "\n";
        }
        out += &format!(" {:>label_width$} └{}\n", "0", "─".repeat(days.len()));
        let pad = " ".repeat(label_width + 3);
        if !self.marks.is_empty() {
            let marks: String =
                days.iter().map(|(d, _)| if self.marks.iter().any(|m| m.day == *d) { '^' } else { ' ' }).collect();
            out += &format!("{pad}{}\n", marks.trim_end());
        }
        if let (Some((first, _)), Some((last, _))) = (days.first(), days.last()) {
            let gap = days.len().saturating_sub(20).max(1);
            out += &format!("{pad}{first}{}{last}\n", " ".repeat(gap));
        }
        out
    }

    fn draw(
        &self,
        area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        area.fill(&WHITE)?;
        let all = || {
            let ahead = |s: &'_ Series| s.ahead.iter().map(|a| (a.day, a.high)).collect::<Vec<_>>();
            self.series.iter().flat_map(move |s| s.days.iter().copied().chain(ahead(s)))
        };
        let first = all().map(|(d, _)| d.epoch_days()).min().unwrap_or(0);
        let last = all().map(|(d, _)| d.epoch_days()).max().unwrap_or(1).max(first + 1);
        let top = all().map(|(_, a)| a.to_f64()).fold(1.0, f64::max) * 1.08;
        let floor = all().map(|(_, a)| a.to_f64()).fold(0.0, f64::min);
        let dark = RGBColor(60, 60, 60);
        // Space on the right for the names of the lines, instead of a legend.
        let (chart_area, _) = area.split_horizontally(if self.series.len() > 1 { 730 } else { 940 });
        let mut chart = ChartBuilder::on(&chart_area)
            .caption(&self.title, ("sans-serif", 18).into_font().color(&dark))
            .margin(14)
            .x_label_area_size(30)
            .y_label_area_size(74)
            .build_cartesian_2d(first..last, floor..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(228, 228, 228))
            .axis_style(RGBColor(150, 150, 150))
            .label_style(("sans-serif", 13).into_font().color(&dark))
            .x_labels(8)
            .y_labels(6)
            .x_label_formatter(&|d| Day::from_epoch_days(*d).to_string())
            .y_label_formatter(&|v| format!("{} {}", short(*v), self.currency))
            .draw()?;
        for mark in &self.marks {
            let x = mark.day.epoch_days();
            chart
                .draw_series([Rectangle::new([(x, floor), (x + 1, top)], RGBColor(214, 39, 40).mix(0.12).filled())])?;
        }
        if let (Some(expected), Some(from)) = (self.expected, self.marks.first()) {
            let to = self.marks.last().map_or(from.day, |m| m.day).epoch_days() + 1;
            let since = from.day.epoch_days() - 14;
            let level = expected.to_f64();
            let (low, high) = self.normal.map_or((level, level), |(low, high)| (low.to_f64(), high.to_f64()));
            let band = Rectangle::new([(since, low), (to, high)], RGBColor(110, 110, 110).mix(0.18).filled());
            chart.draw_series([band])?;
            chart.draw_series([PathElement::new(
                vec![(since, level), (to, level)],
                RGBColor(110, 110, 110).stroke_width(1),
            )])?;
            let style =
                ("sans-serif", 12).into_font().color(&RGBColor(110, 110, 110)).pos(Pos::new(HPos::Left, VPos::Bottom));
            chart.draw_series([Text::new("expected", (since, high), style)])?;
        }
        let mut ends: Vec<(i32, String, RGBColor)> = Vec::new();
        for (number, series) in self.series.iter().enumerate() {
            let color = COLORS[number % COLORS.len()];
            let points = series.days.iter().map(|(d, a)| (d.epoch_days(), a.to_f64()));
            chart.draw_series(LineSeries::new(points, color.stroke_width(2)))?;
            if !series.ahead.is_empty() {
                chart.draw_series([interval(&series.ahead, color)])?;
                let means = series.ahead.iter().map(|a| (a.day.epoch_days(), a.mean.to_f64()));
                chart.draw_series(DashedLineSeries::new(means, 5, 3, color.stroke_width(2)))?;
            }
            let end = series.ahead.last().map(|a| (a.day, a.mean)).or_else(|| series.days.last().copied());
            if let Some((day, amount)) = end {
                let (_, y) = chart.backend_coord(&(day.epoch_days(), amount.to_f64()));
                ends.push((y, series.name.clone(), color));
            }
        }
        if self.series.len() > 1 {
            name_lines(area, ends)?;
        }
        area.present()?;
        Ok(())
    }
}

/// An SVG document with charts below each other.
pub(crate) fn svg(charts: &[Chart]) -> anyhow::Result<String> {
    const SIZE: (u32, u32) = (960, 420);
    let rows = charts.len().max(1);
    let height = SIZE.1.saturating_mul(u32::try_from(rows).unwrap_or(1));
    let mut out = String::new();
    {
        let area = SVGBackend::with_string(&mut out, (SIZE.0, height)).into_drawing_area();
        for (chart, area) in charts.iter().zip(area.split_evenly((rows, 1))) {
            chart.draw(&area).map_err(|e| anyhow::anyhow!("the chart cannot be drawn: {e}"))?;
        }
    }
    Ok(out)
}

/// The area between the lower and the upper ends of a forecast.
fn interval(ahead: &[ForecastDay], color: RGBColor) -> Polygon<(i32, f64)> {
    let upper = ahead.iter().map(|a| (a.day.epoch_days(), a.high.to_f64()));
    let lower = ahead.iter().rev().map(|a| (a.day.epoch_days(), a.low.to_f64()));
    Polygon::new(upper.chain(lower).collect::<Vec<_>>(), color.mix(0.18).filled())
}

/// Writes each line's name at its end, moved down where two would overlap.
fn name_lines(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    mut ends: Vec<(i32, String, RGBColor)>,
) -> Result<(), Box<dyn std::error::Error>> {
    ends.sort_by_key(|(y, ..)| *y);
    let mut free = 0;
    for (y, name, color) in ends {
        let y = y.max(free);
        free = y + 16;
        let name: String =
            if name.chars().count() > 34 { name.chars().take(33).chain(['…']).collect() } else { name };
        let style = ("sans-serif", 13).into_font().color(&color).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(name, (724, y), style))?;
    }
    Ok(())
}

/// Distinguishable with red-green color blindness: Okabe and Ito, "Color universal design", 2008.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
];

#[expect(clippy::cast_precision_loss, reason = "rows of a terminal are few")]
fn fraction(row: usize) -> f64 {
    row as f64 / HEIGHT as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is between 0 and 8")]
fn index(filled: f64) -> usize {
    filled as usize
}

/// The next of 1, 2, 5, 10, 20, 50…
fn nice(x: f64) -> f64 {
    let magnitude = 10f64.powf(x.max(1e-6).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|n| *n >= x).unwrap_or(magnitude * 10.0)
}

/// `12.5k`.
fn short(x: f64) -> String {
    match x.abs() {
        a if a >= 1e6 => format!("{}M", trim(x / 1e6)),
        a if a >= 1e3 => format!("{}k", trim(x / 1e3)),
        _ => trim(x),
    }
}

fn trim(x: f64) -> String {
    let text = format!("{x:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_chart_has_its_scale_and_marks() {
        let start: Day = "2026-11-01".parse().unwrap();
        let days = (0..14).map(|i| (start.plus(i), Amount::whole(if i == 10 { 1900 } else { 1000 }))).collect();
        let chart = Chart {
            title: "AWS, USD a day".into(),
            currency: Currency::USD,
            series: vec![Series { name: "AWS".into(), days, ahead: Vec::new() }],
            marks: vec![Mark { day: start.plus(10) }],
            expected: Some(Amount::whole(1000)),
            normal: Some((Amount::whole(900), Amount::whole(1100))),
        };
        insta::assert_snapshot!(chart.text(60));
        let svg = svg(&[chart]).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("AWS, USD a day"));
    }
}
