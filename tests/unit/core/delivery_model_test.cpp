// SPDX-License-Identifier: Apache-2.0
// Delivery under anything that may happen, in any order: when time has passed, everything has
// ended.
#include <array>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using port::DeliveryState;
using port::Failure;
using port::Outcome;
using port::Reason;

class Play {
  public:
    explicit Play(unsigned seed) : dice_(seed) {
        world_.add_account(alice, "+15550001111");
        world_.transport.own_addresses = {"+15550001111"};
        world_.link_up();
    }

    void step();
    void come_to_an_end();

  private:
    using Act = void (Play::*)();

    void say();
    void answer();
    void report();
    void pass_time();
    void hold_or_resume();
    void fill_disk_for_a_while();
    void set_clock_back();

    std::size_t roll(std::size_t below) { return dice_() % below; }
    void end_attempt(std::size_t at, Outcome outcome);
    port::Answer<port::Reply> some_reply();

    std::mt19937 dice_;
    CoreWorld world_;
    std::vector<FakeTransport::Submission> running_;
    std::size_t seen_ = 0;  ///< of world_.transport.submitted
    int last_ = 0;
};

void Play::say() {
    const auto id = "m" + std::to_string(++last_);
    const auto to = "+1555123000" + std::to_string(roll(3)) + "@sms.example.org";
    world_.receive(chat(to, "text " + id, id));
}

void Play::end_attempt(std::size_t at, Outcome outcome) {
    const auto ended = running_.at(at);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
    world_.core->delivery().attempted(world_.domain, ended.attempt, std::move(outcome));
    world_.settle();
}

void Play::answer() {
    if (running_.empty()) return;
    constexpr std::array reasons{
        Reason::unknown_outcome,
        Reason::temporary,
        Reason::throttled,
        Reason::credentials,
        Reason::invalid_number};
    const auto at = roll(running_.size());
    Outcome outcome(running_.at(at).id, DeliveryState::accepted);
    outcome.refs = {port::MessageRef("primary", "ref of " + outcome.id->text)};
    if (roll(2) == 0) {
        outcome.refs.clear();
        outcome.failure = Failure(reasons.at(roll(reasons.size())));
    }
    end_attempt(at, std::move(outcome));
}

void Play::report() {
    if (world_.transport.submitted.empty()) return;
    const auto& sent = world_.transport.submitted;
    constexpr std::array news{
        DeliveryState::sent, DeliveryState::delivered, DeliveryState::undelivered};
    Outcome outcome(sent.at(roll(sent.size())).id, news.at(roll(news.size())));
    world_.core->delivery().report(
        world_.domain, std::move(outcome), [](const Result<port::Accepted>&) {}
    );
    world_.settle();
}

void Play::pass_time() {
    world_.advance(std::chrono::milliseconds(roll(roll(4) == 0 ? 900'000 : 40'000)));
}

void Play::hold_or_resume() {
    if (world_.transport.way) return world_.transport.way.reset();
    world_.transport.way = port::Route("primary");
    if (roll(2) == 0) world_.core->delivery().wake(world_.domain);
    world_.settle();
}

void Play::fill_disk_for_a_while() {
    world_.store.is_full = true;
    roll(2) == 0 ? answer() : say();
    world_.advance(std::chrono::milliseconds(roll(5'000)));
    world_.store.is_full = false;
}

void Play::set_clock_back() {
    world_.time.set_wall_back(std::chrono::milliseconds(roll(10'000'000)));
}

port::Answer<port::Reply> Play::some_reply() {
    using Answer = port::SentStatus::Answer;
    constexpr std::array answers{Answer::found, Answer::absent, Answer::later, Answer::unknown};
    port::SentStatus status;
    status.answer = answers.at(roll(answers.size()));
    if (status.answer == Answer::found && roll(2) == 0)
        status.refs = {port::MessageRef("primary", "found " + std::to_string(roll(1000)))};
    if (roll(10) == 0) return Failure(Reason::temporary);
    return port::Reply(status);
}

void Play::step() {
    constexpr std::array acts{
        &Play::say,
        &Play::say,
        &Play::say,
        &Play::answer,
        &Play::answer,
        &Play::answer,
        &Play::report,
        &Play::pass_time,
        &Play::pass_time,
        &Play::hold_or_resume,
        &Play::fill_disk_for_a_while};
    while (world_.transport.replies.size() < 5) world_.transport.replies.push_back(some_reply());
    const Act act = roll(40) == 0 ? &Play::set_clock_back : acts.at(roll(acts.size()));
    (this->*act)();
    for (; seen_ < world_.transport.submitted.size(); ++seen_)
        running_.push_back(world_.transport.submitted.at(seen_));
}

/// The network works again, and answers; a day and a bit goes by.
void Play::come_to_an_end() {
    world_.transport.way = port::Route("primary");
    world_.core->delivery().wake(world_.domain);
    world_.settle();
    for (int hour = 0; hour < 30; ++hour) {
        for (; seen_ < world_.transport.submitted.size(); ++seen_)
            running_.push_back(world_.transport.submitted.at(seen_));
        while (!running_.empty())
            end_attempt(0, Outcome(running_.front().id, DeliveryState::accepted));
        world_.advance(1h);
    }
    store::ListOutbound all;
    all.limit = 10'000;
    for (const auto& row : world_.read(std::move(all)).rows)
        EXPECT_GE(row.state, DeliveryState::accepted) << row.stanza_id << " has no end";
    EXPECT_EQ(world_.core->delivery().running(), 0U);
}

class DeliveryModel : public ::testing::TestWithParam<unsigned> {};

TEST_P(DeliveryModel, everything_ends) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    Play play(GetParam());
    for (int step = 0; step < 250; ++step) play.step();
    play.come_to_an_end();
}

INSTANTIATE_TEST_SUITE_P(Seeds, DeliveryModel, ::testing::Range(1U, 16U));

}  // namespace
}  // namespace sallyport::test
