// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

#include <array>

#include <stdlib.h>
#include <unistd.h>

namespace sallyport::test {

using namespace std::chrono_literals;
using store::OutboundRow;

store::Post Owner::post() {
    return [this](std::function<void()> closure) {
        const std::lock_guard lock(mutex_);
        closures_.push_back(std::move(closure));
        wake_.notify_one();
    };
}

bool Owner::run_until(const std::function<bool()>& done) {
    std::unique_lock lock(mutex_);
    while (!done()) {
        if (!wake_.wait_for(lock, 30s, [this] { return !closures_.empty(); })) return false;
        auto closure = std::move(closures_.front());
        closures_.pop_front();
        ++posts_;
        lock.unlock();
        closure();
        lock.lock();
    }
    return true;
}

Folder::Folder() {
    // In memory where there is such a place: the order of syncs is tested here, not the disk's
    // patience.
    const std::filesystem::path memory = "/dev/shm";
    const bool fits = ::access(memory.c_str(), W_OK) == 0;
    const auto parent = fits ? memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "sallyport-store-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::ostream& operator<<(std::ostream& out, Medium medium) {
    constexpr std::array names{"memory", "file", "killed", "power"};
    return out << names.at(static_cast<std::size_t>(medium));
}

StoreContract::StoreContract() = default;
StoreContract::~StoreContract() = default;

void StoreContract::SetUp() {
    folders_.push_back(std::make_unique<Folder>());
    open();
}

void StoreContract::open() {
    store::OpenOptions options;
    options.path = folders_.back()->file("sallyport.db");
    if (GetParam() == Medium::memory) options.path = ":memory:";
    if (GetParam() == Medium::power) {
        vfs_.push_back(std::make_unique<ForgetfulVfs>());
        options.vfs = vfs_.back()->name();
    }
    auto opened = store::open_sqlite(options, owner_.post());
    ASSERT_TRUE(opened) << opened.error().to_string();
    store_ = std::move(*opened);
}

void StoreContract::restart() {
    if (GetParam() == Medium::memory) return;
    const auto before = folders_.back()->path();
    if (GetParam() != Medium::file) folders_.push_back(std::make_unique<Folder>());
    const auto after = folders_.back()->path();
    if (GetParam() == Medium::killed) {
        for (const char* name : {"sallyport.db", "sallyport.db-wal"}) {
            std::filesystem::copy_file(before / name, after / name);
        }
    }
    if (GetParam() == Medium::power) vfs_.back()->cut_now();
    store_.reset();
    if (GetParam() == Medium::power) vfs_.back()->recover_into(after);
    open();
}

store::TakeOutbound StoreContract::take(const std::string& id, const std::string& peer) {
    store::TakeOutbound op;
    OutboundRow& row = op.message;
    row.id.text = id;
    row.transport = "sms.example.org";
    row.account.value = 1;
    row.user = "alice@example.org";
    row.own = "+15550001111";
    row.peer = peer;
    row.from = "alice@example.org/phone";
    row.stanza_id = "stanza-" + id;
    row.wants_receipt = true;
    row.payload = "body of " + id;
    row.preview = "preview of " + id;
    row.deadline = now + 24h;
    op.now = now;
    return op;
}

store::TakeOutbound::Answer StoreContract::queue(const std::string& id, const std::string& peer) {
    return write(take(id, peer));
}

store::TakeOutbound::Answer StoreContract::send(const std::string& id, const std::string& peer) {
    auto op = take(id, peer);
    op.start = "primary";
    const auto answer = write(std::move(op));
    places_[id] = answer.place;
    return answer;
}

store::RecordOutcome StoreContract::outcome(
    const std::string& id, port::DeliveryState state, std::optional<int> attempt
) {
    store::RecordOutcome op;
    op.transport = "sms.example.org";
    op.outcome.id = port::OutId{id};
    op.outcome.state = state;
    op.outcome.provider = "primary";
    op.attempt = attempt;
    op.now = now;
    return op;
}

store::RecordOutcome StoreContract::report(const std::string& ref, port::DeliveryState state) {
    store::RecordOutcome op;
    op.transport = "sms.example.org";
    op.outcome.refs = {port::MessageRef("primary", ref)};
    op.outcome.state = state;
    op.outcome.provider = "primary";
    op.now = now;
    return op;
}

store::RecordOutcome::Answer StoreContract::accepted(
    const std::string& id, const std::string& ref
) {
    auto op = outcome(id, port::DeliveryState::accepted);
    op.outcome.refs = {port::MessageRef("primary", ref)};
    if (const auto at = places_.find(id); at != places_.end()) op.place = at->second;
    return write(std::move(op));
}

store::ClaimDue StoreContract::claim(std::chrono::milliseconds later) const {
    store::ClaimDue op;
    std::map<std::pair<std::string, std::string>, store::LaneRoute> routes;
    routes[{"sms.example.org", "+15550001111"}].provider = "primary";
    op.routes = std::make_shared<const decltype(routes)>(std::move(routes));
    op.now = now + later;
    return op;
}

std::vector<std::string> StoreContract::claimed(std::chrono::milliseconds later) {
    std::vector<std::string> ids;
    for (const OutboundRow& row : write(claim(later)).rows) ids.push_back(row.id.text);
    return ids;
}

OutboundRow StoreContract::row(const std::string& id) {
    auto found = read(store::FindOutbound{port::OutId{id}}).row;
    EXPECT_TRUE(found) << id;
    return found ? std::move(*found) : OutboundRow();
}

store::AcceptInbound StoreContract::incoming(const std::string& text, const std::string& dedupe) {
    store::AcceptInbound op;
    op.row.transport = "sms.example.org";
    op.row.user = "alice@example.org";
    op.row.own = "+15550001111";
    op.row.peer = "+15552222222";
    op.row.payload = text;
    op.dedupe = dedupe;
    op.now = now;
    return op;
}

std::vector<store::InboxRow> StoreContract::shown(std::chrono::milliseconds later) {
    store::InboxDue question;
    question.now = now + later;
    return read(std::move(question)).rows;
}

INSTANTIATE_TEST_SUITE_P(
    Store,
    StoreContract,
    ::testing::Values(Medium::memory, Medium::file, Medium::killed, Medium::power),
    ::testing::PrintToStringParamName()
);

}  // namespace sallyport::test
