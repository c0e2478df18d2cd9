// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/timed_store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

namespace sallyport::store {
namespace {

/// A store in memory; what it posts is run by until().
class Timed : public testing::Test {
  protected:
    Timed() {
        OpenOptions options;
        options.path = ":memory:";
        auto opened = open_sqlite(options, [this](std::function<void()> run) {
            const std::lock_guard lock(mutex_);
            posted_.push_back(std::move(run));
            news_.notify_one();
        });
        const auto count = [](int& into) {
            return [&into](std::chrono::duration<double> took) {
                EXPECT_GE(took.count(), 0);
                ++into;
            };
        };
        store_ = make_timed(*std::move(opened), {count(writes_), count(reads_)});
    }
    template <class Answer>
    void until(const std::optional<Result<Answer>>& answer) {
        while (!answer) {
            std::unique_lock lock(mutex_);
            news_.wait(lock, [this] { return !posted_.empty(); });
            auto run = std::move(posted_.front());
            posted_.pop_front();
            lock.unlock();
            run();
        }
    }
    std::optional<std::string> get(const std::string& key) {
        std::optional<Result<GetRecord::Answer>> answer;
        store_->read(GetRecord{"ns", key, {}}, [&](auto given) { answer = std::move(given); });
        until(answer);
        return answer->value().value;
    }

    int writes_ = 0, reads_ = 0;
    std::mutex mutex_;
    std::condition_variable news_;
    std::deque<std::function<void()>> posted_;
    std::unique_ptr<Store> store_;
};

TEST_F(Timed, counts_each_answer_once_and_hands_it_on) {
    std::optional<Result<PutRecord::Answer>> written;
    store_->write(PutRecord{"ns", "key", "value", std::nullopt}, [&](auto given) {
        EXPECT_EQ(writes_, 1) << "observed first";
        written = std::move(given);
    });
    until(written);
    EXPECT_EQ(get("key"), "value");
    EXPECT_EQ(writes_, 1);
    EXPECT_EQ(reads_, 1);
}

TEST_F(Timed, leaves_a_write_that_nobody_waits_for_alone) {
    store_->write(PutRecord{"ns", "key", "value", std::nullopt});
    EXPECT_EQ(get("key"), "value") << "written all the same";
    EXPECT_EQ(writes_, 0);
}

TEST_F(Timed, hands_errors_on) {
    TakeOutbound op;
    op.message.id = port::OutId{"01M1"};
    op.message.transport = "sms.example.org";
    std::optional<Result<TakeOutbound::Answer>> first, second;
    store_->write(op, [&](auto given) { first = std::move(given); });
    until(first);
    store_->write(op, [&](auto given) { second = std::move(given); });
    until(second);
    ASSERT_FALSE(*second) << "its id is in use";
    EXPECT_FALSE(second->error().to_string().empty());
    EXPECT_EQ(writes_, 2);
}

}  // namespace
}  // namespace sallyport::store
