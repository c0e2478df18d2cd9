// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/limits.hpp"

#include <gtest/gtest.h>

namespace sallyport::core {
namespace {

using namespace std::chrono_literals;
const Bucket::Time start{1h};

TEST(Bucket, gives_its_whole_count_at_once_then_one_by_one) {
    Bucket bucket(config::Rate{3, 3s});
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(bucket.take(start));
    EXPECT_EQ(bucket.take(start), 1000ms);
    EXPECT_FALSE(bucket.take(start + 1s));
    EXPECT_EQ(bucket.take(start + 1s), 1000ms);
}

TEST(Bucket, never_holds_more_than_its_count) {
    Bucket bucket(config::Rate{2, 2s});
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(bucket.take(start + 1h));
    EXPECT_TRUE(bucket.take(start + 1h));
}

TEST(Bucket, without_a_rate_is_never_empty) {
    Bucket bucket;
    for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(bucket.take(start));
}

TEST(Bucket, judges_what_came_earlier_by_when_it_came) {
    Bucket bucket(config::Rate{1, 10s});
    const Bucket::Time now = start + 1min;
    for (int i = 0; i < 6; ++i) EXPECT_FALSE(bucket.take(now, start + i * 10s)) << i;
    EXPECT_FALSE(bucket.take(now, start + 50s)) << "a token came at the end of the minute";
    EXPECT_EQ(bucket.wait(now), 10s);
    EXPECT_EQ(bucket.take(now, start + 50s), 10s);
}

TEST(Buckets, count_each_key_for_itself_and_forget_the_full_ones) {
    Buckets buckets(config::Rate{1, 1s});
    EXPECT_FALSE(buckets.take("a", start));
    EXPECT_TRUE(buckets.take("a", start));
    EXPECT_FALSE(buckets.take("b", start));
    for (int i = 0; i < 5'000; ++i) buckets.take(std::to_string(i), start + std::chrono::hours(i));
    EXPECT_LT(buckets.size(), 2'000U);
}

}  // namespace
}  // namespace sallyport::core
