// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace sallyport {
namespace {

constexpr std::string_view prefix = "sallyport_";

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.15g", value);
    return text.data();
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
}

/// `{a="1",b="2"}`, with one more label when `name` is given; nothing at all without labels.
std::string label_text(
    const Metrics::Labels& labels, std::string_view name = {}, std::string_view value = {}
) {
    std::string out;
    const auto add = [&out](std::string_view key, std::string_view text) {
        out += out.empty() ? "{" : ",";
        out += key;
        out += "=\"";
        append_escaped(out, text, true);
        out += '"';
    };
    for (const auto& [key, text] : labels) add(key, text);
    if (!name.empty()) add(name, value);
    if (!out.empty()) out += '}';
    return out;
}

void append_line(
    std::string& out, const std::string& name, const std::string& labels, const std::string& value
) {
    out += name;
    out += labels;
    out += ' ';
    out += value;
    out += '\n';
}

void append_head(
    std::string& out, const std::string& name, std::string_view help, std::string_view type
) {
    if (!help.empty()) {
        out += "# HELP " + name + ' ';
        append_escaped(out, help, false);
        out += '\n';
    }
    out += "# TYPE " + name + ' ';
    out += type;
    out += '\n';
}

void append_histogram(
    std::string& out,
    const std::string& name,
    const Metrics::Labels& labels,
    const Metrics::Histogram& h
) {
    std::uint64_t below = 0;
    const std::vector<double>& bounds = Metrics::Histogram::bounds();
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        below += h.buckets()[i];
        append_line(
            out,
            name + "_bucket",
            label_text(labels, "le", number(bounds[i])),
            std::to_string(below)
        );
    }
    append_line(out, name + "_bucket", label_text(labels, "le", "+Inf"), std::to_string(h.count()));
    append_line(out, name + "_sum", label_text(labels), number(h.sum()));
    append_line(out, name + "_count", label_text(labels), std::to_string(h.count()));
}

template <class Families>
auto& series(
    Families& families, std::string_view name, Metrics::Labels&& labels, std::string_view help
) {
    const std::string full = std::string(prefix) + std::string(name);
    auto& family = families[full];
    if (family.help.empty()) family.help = help;
    auto& slot = family.series[std::move(labels)];
    using Series = typename std::remove_reference_t<decltype(slot)>::element_type;
    if (!slot) slot = std::make_unique<Series>();
    return *slot;
}

}  // namespace

const std::vector<double>& Metrics::Histogram::bounds() {
    static const std::vector<double> seconds{
        0.001,
        0.0025,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
        300,
        1800,
        7200,
        86400};
    return seconds;
}

Metrics::Histogram::Histogram() : buckets_(bounds().size() + 1) {}

void Metrics::Histogram::observe(double seconds) {
    const auto at = std::lower_bound(bounds().begin(), bounds().end(), seconds);
    ++buckets_[static_cast<std::size_t>(at - bounds().begin())];
    sum_ += seconds;
    ++count_;
}

Metrics::Counter& Metrics::counter(std::string_view name, Labels labels, std::string_view help) {
    return series(counters_, name, std::move(labels), help);
}

Metrics::Gauge& Metrics::gauge(std::string_view name, Labels labels, std::string_view help) {
    return series(gauges_, name, std::move(labels), help);
}

Metrics::Histogram& Metrics::histogram(
    std::string_view name, Labels labels, std::string_view help
) {
    return series(histograms_, name, std::move(labels), help);
}

std::string Metrics::expose() {
    for (const auto& refresh : refreshers_) refresh();
    std::string out;
    for (const auto& [name, family] : counters_) {
        append_head(out, name, family.help, "counter");
        for (const auto& [labels, counter] : family.series)
            append_line(out, name, label_text(labels), std::to_string(counter->value()));
    }
    for (const auto& [name, family] : gauges_) {
        append_head(out, name, family.help, "gauge");
        for (const auto& [labels, gauge] : family.series)
            append_line(out, name, label_text(labels), number(gauge->value()));
    }
    for (const auto& [name, family] : histograms_) {
        append_head(out, name, family.help, "histogram");
        for (const auto& [labels, histogram] : family.series)
            append_histogram(out, name, labels, *histogram);
    }
    return out;
}

}  // namespace sallyport
