// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/process_metrics.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace sallyport {
namespace {

double value_of(const std::string& name) {
    std::istringstream lines(expose_process());
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + ' ')) return std::stod(line.substr(name.size()));
    ADD_FAILURE() << name << " is not told";
    return 0;
}

TEST(ProcessMetrics, count_descriptors) {
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(value_of("process_max_fds"), static_cast<double>(limit.rlim_cur));
    const double before = value_of("process_open_fds");
    const std::ifstream one("/proc/self/stat"), two("/proc/self/stat");
    EXPECT_EQ(value_of("process_open_fds"), before + 2);
}

TEST(ProcessMetrics, tell_memory_in_bytes) {
    const double before = value_of("process_resident_memory_bytes");
    const std::string used(64 * 1024 * 1024, 'x');
    EXPECT_GE(value_of("process_resident_memory_bytes"), before + 32 * 1024 * 1024);
    EXPECT_EQ(used.back(), 'x');
    EXPECT_GT(value_of("process_virtual_memory_bytes"), 64 * 1024 * 1024);
}

TEST(ProcessMetrics, tell_processor_time_in_seconds) {
    timespec now{};
    do {
        ASSERT_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    } while (now.tv_sec == 0 && now.tv_nsec < 50'000'000);
    EXPECT_GT(value_of("process_cpu_seconds_total"), 0.01);
    EXPECT_LT(value_of("process_cpu_seconds_total"), 3600);
}

TEST(ProcessMetrics, tell_when_the_process_started) {
    const double started = value_of("process_start_time_seconds");
    EXPECT_GT(started, 1.6e9) << "seconds since 1970";
    EXPECT_LE(started, static_cast<double>(time(nullptr)) + 1);
}

}  // namespace
}  // namespace sallyport
