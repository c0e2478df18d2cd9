// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/store/store.hpp"
#include "tests/contract/store/forgetful_vfs.hpp"

/// What every store must do, whatever it stands on. Each test runs on each medium; restart() is
/// where the media differ.
namespace sallyport::test {

/// The thread that owns a store: runs what the store hands over, when the test waits.
class Owner {
  public:
    store::Post post();
    /// Runs closures until `done`; false after half a minute without it.
    bool run_until(const std::function<bool()>& done);
    int posts() const { return posts_; }  ///< closures run so far

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> closures_;
    int posts_ = 0;
};

/// An empty folder of its own, removed at the end.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

template <class Op>
Result<typename Op::Answer> write_to(store::Store& store, Owner& owner, Op op) {
    auto answer = std::make_shared<std::optional<Result<typename Op::Answer>>>();
    store.write(std::move(op), [answer](Result<typename Op::Answer> result) {
        *answer = std::move(result);
    });
    if (!owner.run_until([&answer] { return answer->has_value(); }))
        return Error("no answer from the store");
    return std::move(**answer);
}

template <class Op>
Result<typename Op::Answer> read_from(store::Store& store, Owner& owner, Op op) {
    auto answer = std::make_shared<std::optional<Result<typename Op::Answer>>>();
    store.read(std::move(op), [answer](Result<typename Op::Answer> result) {
        *answer = std::move(result);
    });
    if (!owner.run_until([&answer] { return answer->has_value(); }))
        return Error("no answer from the store");
    return std::move(**answer);
}

enum class Medium {
    memory,  ///< ":memory:"
    file,    ///< closed in order and opened again
    killed,  ///< files as they lie when the process vanishes
    power    ///< only what was synced
};
std::ostream& operator<<(std::ostream& out, Medium medium);

inline const WallTime start_of_time{std::chrono::milliseconds(1'800'000'000'000)};

class StoreContract : public ::testing::TestWithParam<Medium> {
  protected:
    StoreContract();
    ~StoreContract() override;
    void SetUp() override;

    template <class Op>
    typename Op::Answer write(Op op) {
        auto answer = write_to(*store_, owner_, std::move(op));
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().to_string());
        return answer ? std::move(*answer) : typename Op::Answer();
    }
    template <class Op>
    typename Op::Answer read(Op op) {
        auto answer = read_from(*store_, owner_, std::move(op));
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().to_string());
        return answer ? std::move(*answer) : typename Op::Answer();
    }
    /// The process ends as the medium says, and a new one opens what is left. Nothing happens to a
    /// store in memory.
    void restart();
    store::Store& store() { return *store_; }
    Owner& owner() { return owner_; }

    // Shorthands over the sample conversation.
    static store::TakeOutbound take(
        const std::string& id, const std::string& peer = "+15552222222"
    );
    store::TakeOutbound::Answer queue(
        const std::string& id, const std::string& peer = "+15552222222"
    );
    store::TakeOutbound::Answer send(
        const std::string& id, const std::string& peer = "+15552222222"
    );
    static store::RecordOutcome outcome(
        const std::string& id, port::DeliveryState state, std::optional<int> attempt = 1
    );
    static store::RecordOutcome report(const std::string& ref, port::DeliveryState state);
    /// Names the place when send() learnt it.
    store::RecordOutcome::Answer accepted(const std::string& id, const std::string& ref);
    store::ClaimDue claim(std::chrono::milliseconds later = {}) const;
    std::vector<std::string> claimed(std::chrono::milliseconds later = {});
    store::OutboundRow row(const std::string& id);
    static store::AcceptInbound incoming(const std::string& text, const std::string& dedupe = "");
    std::vector<store::InboxRow> shown(std::chrono::milliseconds later = {});

    static inline const WallTime now = start_of_time;

  private:
    void open();
    std::vector<std::unique_ptr<Folder>> folders_;
    std::vector<std::unique_ptr<ForgetfulVfs>> vfs_;
    Owner owner_;
    std::unique_ptr<store::Store> store_;
    std::map<std::string, store::Place> places_;  ///< of what send() sent, by id
};

}  // namespace sallyport::test
