// SPDX-License-Identifier: Apache-2.0
#include "tests/support/core_fakes.hpp"

#include <algorithm>
#include <cctype>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sallyport::test {

// --- timers -------------------------------------------------------------------------------------

Scheduler::Id FakeScheduler::at(
    std::chrono::steady_clock::time_point when, std::function<void()> run
) {
    timers_.emplace(std::pair(when, ++last_), std::move(run));
    return last_;
}

void FakeScheduler::cancel(Id id) {
    std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
}

bool FakeScheduler::run_one(std::chrono::steady_clock::time_point now) {
    if (timers_.empty() || timers_.begin()->first.first > now) return false;
    auto first = timers_.extract(timers_.begin());
    first.mapped()();
    return true;
}

std::optional<std::chrono::steady_clock::time_point> FakeScheduler::next() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
}

// --- store --------------------------------------------------------------------------------------

void SpyStore::submit(store::Write op, WriteDone done) {
    ++written;
    ++under_way;
    if (is_full) {
        failing.push_back([this, done = std::move(done)] {
            --under_way;
            if (done) done(Error("the disk is full"));
        });
        return;
    }
    std::visit(
        [&](auto& intent) {
            using Op = std::remove_reference_t<decltype(intent)>;
            inner_->write(
                std::move(intent),
                [this, done = std::move(done), slow = is_slow](Result<typename Op::Answer> answer) {
                    --under_way;
                    if (!done) return;
                    if (!answer) return done(answer.error());
                    store::WriteAnswer said(
                        std::in_place_type<typename Op::Answer>, *std::move(answer)
                    );
                    if (!slow) return done(std::move(said));
                    held.push_back([done, said = std::move(said)] { done(said); });
                }
            );
        },
        op
    );
}

void SpyStore::let_go(std::size_t count) {
    for (; count > 0 && !held.empty(); --count) {
        const auto tell = std::move(held.front());
        held.pop_front();
        tell();
    }
}

void SpyStore::ask(store::Read op, ReadDone done) {
    ++asked;
    ++under_way;
    std::visit(
        [&](auto& question) {
            using Op = std::remove_reference_t<decltype(question)>;
            inner_->read(
                std::move(question),
                [this, done = std::move(done)](Result<typename Op::Answer> answer) {
                    --under_way;
                    if (!answer) return done(answer.error());
                    done(store::ReadAnswer(
                        std::in_place_type<typename Op::Answer>, *std::move(answer)
                    ));
                }
            );
        },
        op
    );
}

// --- transport ----------------------------------------------------------------------------------

port::Answer<port::ParsedAddress>
FakeTransport::parse_address(std::string_view local, std::string_view, const port::Account*) const {
    if (local.find(',') != std::string_view::npos)
        return port::Failure(port::Reason::not_supported, "Write to one number at a time.");
    port::ParsedAddress parsed;
    std::string digits;
    bool has_letters = false;
    for (char c : local) {
        if (std::isdigit(static_cast<unsigned char>(c))) digits += c;
        if (std::isalpha(static_cast<unsigned char>(c))) has_letters = true;
    }
    if (has_letters && digits.empty()) {
        parsed.address = port::Address(std::string(local));
        parsed.replyable = false;
        return parsed;
    }
    const bool is_short = digits.size() >= 3 && digits.size() <= 6;
    if (has_letters || digits.size() > 15 || (!is_short && digits.size() < 10))
        return port::Failure(port::Reason::invalid_number, "That is no phone number.");
    std::string canonical = is_short ? digits : (digits.size() == 10 ? "+1" : "+") + digits;
    parsed.is_canonical = canonical == local;
    parsed.address = port::Address(std::move(canonical));
    return parsed;
}

port::Answer<port::Address> FakeTransport::parse_prompt(
    std::string_view typed, const port::Account* account
) const {
    auto parsed = parse_address(typed, {}, account);
    if (!parsed) return parsed.error();
    return parsed->address;
}

port::ContactInfo FakeTransport::contact(const port::Address& address) const {
    port::ContactInfo info;
    info.address = address;
    if (address.text.starts_with('+')) info.phone = address.text;
    return info;
}

port::Submitted FakeTransport::submit(
    const port::Account& account, const port::OutId& id, int attempt, port::Outbound outbound
) {
    auto* message = std::get_if<port::SendMessage>(&outbound);
    submitted.push_back(Submission{
        account.id, id, attempt, message ? *message : port::SendMessage()});
    if (results.empty()) return port::Pending{};
    port::Submitted result = std::move(results.front());
    results.pop_front();
    return result;
}

std::vector<std::pair<std::string, port::Route>> FakeTransport::routes() const {
    std::vector<std::pair<std::string, port::Route>> ways;
    if (!way) return ways;
    port::Route now = *way;
    now.allowance = std::min(now.allowance, slots);
    now.next_slot = time_.now() + std::chrono::seconds(1);
    for (const std::string& own : own_addresses) ways.emplace_back(own, now);
    return ways;
}

bool FakeTransport::reserve(std::string_view) {
    if (slots == 0) return false;
    --slots;
    return true;
}

boost::asio::awaitable<port::Answer<port::Reply>> FakeTransport::ask(
    const port::Account&, port::Query query
) {
    asked.push_back(std::move(query));
    if (before_reply) std::exchange(before_reply, nullptr)();
    port::Answer<port::Reply> reply = port::Reply(port::SentStatus());
    if (!replies.empty()) {
        reply = std::move(replies.front());
        replies.pop_front();
    }
    co_return reply;
}

boost::asio::awaitable<port::Answer<port::RegistrationGrant>> FakeTransport::grant(
    port::UserLabel, port::FormValues values
) {
    granted_for.push_back(std::move(values));
    if (is_silent) {
        auto never = std::make_shared<boost::asio::steady_timer>(
            executor_, boost::asio::steady_timer::time_point::max()
        );
        silences_.push_back(never);
        const auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
        [[maybe_unused]] auto woken = co_await never->async_wait(token);
    }
    port::Answer<port::RegistrationGrant> answer =
        port::Failure(port::Reason::no_route, "No number is free.");
    if (!grants.empty()) answer = grants.front();
    if (grants.size() > 1) grants.pop_front();
    co_return answer;
}

void FakeTransport::release() {
    is_silent = false;
    for (auto& silence : silences_) silence->cancel();
    silences_.clear();
}

}  // namespace sallyport::test
