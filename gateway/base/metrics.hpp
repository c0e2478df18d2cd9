// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

/// Counters, gauges and histograms in Prometheus' text exposition format. Network thread only.
/// References returned live as long as the Metrics object; names get the prefix "sallyport_".
class Metrics {
  public:
    using Labels = std::map<std::string, std::string>;

    class Counter {
      public:
        void add(std::uint64_t n = 1) { value_ += n; }
        std::uint64_t value() const { return value_; }

      private:
        std::uint64_t value_ = 0;
    };
    class Gauge {
      public:
        void set(double value) { value_ = value; }
        void add(double delta) { value_ += delta; }
        double value() const { return value_; }

      private:
        double value_ = 0;
    };
    /// Seconds, in buckets from 1 ms to 1 day.
    class Histogram {
      public:
        Histogram();
        void observe(double seconds);
        const std::vector<std::uint64_t>& buckets() const { return buckets_; }
        double sum() const { return sum_; }
        std::uint64_t count() const { return count_; }
        static const std::vector<double>& bounds();

      private:
        std::vector<std::uint64_t> buckets_;
        double sum_ = 0;
        std::uint64_t count_ = 0;
    };

    Counter& counter(std::string_view name, Labels labels = {}, std::string_view help = {});
    Gauge& gauge(std::string_view name, Labels labels = {}, std::string_view help = {});
    Histogram& histogram(std::string_view name, Labels labels = {}, std::string_view help = {});
    /// Called before each exposition, to refresh gauges that are read rather than kept.
    void on_expose(std::function<void()> refresh) { refreshers_.push_back(std::move(refresh)); }
    std::string expose();

  private:
    template <class T>
    struct Family {
        std::string help;
        std::map<Labels, std::unique_ptr<T>> series;
    };
    std::map<std::string, Family<Counter>, std::less<>> counters_;
    std::map<std::string, Family<Gauge>, std::less<>> gauges_;
    std::map<std::string, Family<Histogram>, std::less<>> histograms_;
    std::vector<std::function<void()>> refreshers_;
};

}  // namespace sallyport
