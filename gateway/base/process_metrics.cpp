// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/process_metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace sallyport {
namespace {

void append(std::string& out, std::string_view name, std::string_view type, double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.15g", value);
    out += "# TYPE process_" + std::string(name) + ' ' + std::string(type) + "\nprocess_" +
           std::string(name) + ' ' + text.data() + '\n';
}

std::string read(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The fields of /proc/self/stat from the third on: the second, a name in parentheses, may hold
/// anything.
std::vector<double> read_stat() {
    const std::string text = read("/proc/self/stat");
    const std::size_t name_end = text.rfind(')');
    std::vector<double> fields;
    if (name_end == std::string::npos) return fields;
    std::string_view left = std::string_view(text).substr(name_end + 1);
    while (!left.empty()) {
        const std::string_view field = left.substr(0, left.find(' '));
        double value = 0;  // the state is a letter: 0
        std::from_chars(field.data(), field.data() + field.size(), value);
        if (!field.empty()) fields.push_back(value);
        left.remove_prefix(std::min(field.size() + 1, left.size()));
    }
    return fields;
}

/// Seconds since 1970 at which the machine started; 0 = unknown.
double boot_time() {
    const std::string text = read("/proc/stat");
    const std::string_view mark = "\nbtime ";
    const std::size_t at = text.find(mark);
    double value = 0;
    if (at != std::string::npos)
        std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), value);
    return value;
}

void append_stat(std::string& out) {
    // Numbered as in proc(5), which begins with 1; the first two are not in the list.
    constexpr std::size_t utime = 14 - 3, stime = 15 - 3, start = 22 - 3, vsize = 23 - 3,
                          rss = 24 - 3;
    const std::vector<double> fields = read_stat();
    if (fields.size() <= rss) return;
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    append(out, "cpu_seconds_total", "counter", (fields[utime] + fields[stime]) / ticks);
    append(out, "virtual_memory_bytes", "gauge", fields[vsize]);
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    append(out, "resident_memory_bytes", "gauge", fields[rss] * page);
    if (const double boot = boot_time(); boot > 0)
        append(out, "start_time_seconds", "gauge", boot + fields[start] / ticks);
}

void append_descriptors(std::string& out) {
    std::error_code failed;
    const std::filesystem::directory_iterator all("/proc/self/fd", failed);
    if (!failed) {
        const auto count = std::distance(begin(all), end(all)) - 1;  // one is the folder's own
        append(out, "open_fds", "gauge", static_cast<double>(count));
    }
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        append(out, "max_fds", "gauge", static_cast<double>(limit.rlim_cur));
}

}  // namespace

std::string expose_process() {
    std::string out;
    append_stat(out);
    append_descriptors(out);
    return out;
}

}  // namespace sallyport
