// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/metrics.hpp"

#include <string>

#include <gtest/gtest.h>

namespace sallyport {
namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, exposes_counters_with_labels) {
    Metrics metrics;
    metrics.counter("messages_total", {{"direction", "in"}}, "Messages.").add(3);
    metrics.counter("messages_total", {{"direction", "out"}}).add();
    const std::string text = metrics.expose();
    EXPECT_TRUE(has_line(text, "# HELP sallyport_messages_total Messages."));
    EXPECT_TRUE(has_line(text, "# TYPE sallyport_messages_total counter"));
    EXPECT_TRUE(has_line(text, R"(sallyport_messages_total{direction="in"} 3)"));
    EXPECT_TRUE(has_line(text, R"(sallyport_messages_total{direction="out"} 1)"));
}

TEST(Metrics, gives_the_same_series_for_the_same_labels) {
    Metrics metrics;
    Metrics::Counter& first = metrics.counter("a", {{"x", "1"}});
    EXPECT_EQ(&first, &metrics.counter("a", {{"x", "1"}}));
    EXPECT_NE(&first, &metrics.counter("a", {{"x", "2"}}));
}

TEST(Metrics, escapes_label_values) {
    Metrics metrics;
    metrics.gauge("g", {{"x", "a\"b\\c\nd"}}).set(1.5);
    EXPECT_TRUE(has_line(metrics.expose(), R"(sallyport_g{x="a\"b\\c\nd"} 1.5)"));
}

TEST(Metrics, counts_histogram_buckets_upwards) {
    Metrics metrics;
    Metrics::Histogram& histogram = metrics.histogram("delivery_seconds");
    histogram.observe(0.001);  // on the bound: belongs to it
    histogram.observe(0.2);
    histogram.observe(1'000'000);
    const std::string text = metrics.expose();
    EXPECT_TRUE(has_line(text, R"(sallyport_delivery_seconds_bucket{le="0.001"} 1)"));
    EXPECT_TRUE(has_line(text, R"(sallyport_delivery_seconds_bucket{le="0.1"} 1)"));
    EXPECT_TRUE(has_line(text, R"(sallyport_delivery_seconds_bucket{le="0.25"} 2)"));
    EXPECT_TRUE(has_line(text, R"(sallyport_delivery_seconds_bucket{le="86400"} 2)"));
    EXPECT_TRUE(has_line(text, R"(sallyport_delivery_seconds_bucket{le="+Inf"} 3)"));
    EXPECT_TRUE(has_line(text, "sallyport_delivery_seconds_count 3"));
}

TEST(Metrics, refreshes_before_it_exposes) {
    Metrics metrics;
    int asked = 0;
    metrics.on_expose([&] { metrics.gauge("now").set(++asked); });
    EXPECT_TRUE(has_line(metrics.expose(), "sallyport_now 1"));
    EXPECT_TRUE(has_line(metrics.expose(), "sallyport_now 2"));
}

}  // namespace
}  // namespace sallyport
