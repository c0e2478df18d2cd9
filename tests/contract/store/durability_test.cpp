// SPDX-License-Identifier: Apache-2.0
// What a store on a file does when disk, power, process or file fail.
#include <array>
#include <set>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/store/file_store.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using enum port::DeliveryState;

/// What was acknowledged to whoever gave it to us.
struct Acknowledged {
    std::map<std::string, port::DeliveryState> outbound;
    std::set<std::string> inbound;
};

/// Gives the store work, one commit each, until it refuses.
bool work(store::Store& store, Owner& owner, Acknowledged& done) {
    for (int i = 0; i < 6; ++i) {
        const std::string id = "m" + std::to_string(i);
        if (!write_to(store, owner, message(id))) return false;
        done.outbound[id] = attempting;
        if (!write_to(store, owner, text("t" + id))) return false;
        done.inbound.insert("t" + id);
        for (const auto state : {accepted, sent, delivered}) {
            if (!write_to(store, owner, news(id, state))) return false;
            done.outbound[id] = state;
        }
    }
    return true;
}

/// Everything acknowledged is there, in its state or a later one, and with what hangs on it.
void expect_kept(store::Store& store, Owner& owner, const Acknowledged& done) {
    for (const auto& [id, state] : done.outbound) {
        const auto found = read_from(store, owner, store::FindOutbound{port::OutId{id}});
        ASSERT_TRUE(found && found->row) << id << " is lost";
        EXPECT_GE(found->row->state, state == attempting ? ambiguous : state) << id;
    }
    store::InboxDue question;
    question.now = start_of_time + 1h;
    question.limit = 1'000'000;
    const auto inbox = read_from(store, owner, question);
    ASSERT_TRUE(inbox);
    std::set<std::string> texts;
    std::map<std::string, int> receipts;
    for (const auto& row : inbox->rows) {
        if (row.kind == store::InboxRow::Kind::message) {
            EXPECT_TRUE(texts.insert(row.id).second) << "doubled";
        }
        if (row.kind == store::InboxRow::Kind::receipt) ++receipts[row.stanza_id];
    }
    for (const std::string& id : done.inbound) EXPECT_TRUE(texts.contains(id)) << id << " is lost";
    for (const auto& [id, state] : done.outbound) {
        if (state == delivered) {
            EXPECT_EQ(receipts[id], 1) << id;
        }
    }
    for (const auto& [id, count] : receipts) EXPECT_EQ(count, 1) << id;
}

/// The guards outlived it too: what is given again is known.
void expect_guarded(store::Store& store, Owner& owner, const Acknowledged& done) {
    for (const auto& [id, state] : done.outbound)
        EXPECT_TRUE(write_to(store, owner, message(id))->duplicate);
    for (const std::string& id : done.inbound)
        EXPECT_TRUE(write_to(store, owner, text(id))->duplicate);
}

/// One run with the power cut at the n-th sync; false when there were fewer.
bool run_with_cut(int n) {
    const Folder before;
    const Folder after;
    Owner owner;
    ForgetfulVfs vfs;
    Acknowledged done;
    vfs.cut_at_sync(n);
    {
        auto store = open_at(before.file("s.db"), owner, vfs.name());
        if (store) work(**store, owner, done);
        // Closing syncs too; a cut then comes after all acknowledgements.
    }
    vfs.recover_into(after.path());
    auto store = open_at(after.file("s.db"), owner);
    EXPECT_TRUE(store) << "sync " << n << ": " << (store ? "" : store.error().to_string());
    if (!store) return false;
    expect_kept(**store, owner, done);
    expect_guarded(**store, owner, done);
    return vfs.is_cut();
}

TEST(Durability, a_power_cut_at_any_sync_loses_nothing_acknowledged) {
    int n = 1;
    while (run_with_cut(n) && !::testing::Test::HasFailure()) ++n;
    EXPECT_GT(n, 30) << "every commit must sync";
}

/// The child's life: works and tells each acknowledgement through the pipe, until it is killed.
[[noreturn]] void live(const std::string& path, int pipe) {
    Owner owner;
    auto store = open_at(path, owner);
    if (!store) ::_exit(1);
    for (int i = 0;; ++i) {
        const std::string id = std::to_string(i);
        auto kept = write_to(**store, owner, message("m" + id));
        auto told = write_to(**store, owner, news("m" + id, delivered));
        auto taken = write_to(**store, owner, text("t" + id));
        if (!kept || !told || !taken || ::write(pipe, &i, sizeof i) != sizeof i) ::_exit(1);
    }
}

Acknowledged live_and_be_killed(const std::string& path, int acknowledgements) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) live(path, ends[1]);
    ::close(ends[1]);
    Acknowledged done;
    int id = 0;
    while (acknowledgements-- > 0 && ::read(ends[0], &id, sizeof id) == sizeof id) {
        done.outbound["m" + std::to_string(id)] = delivered;
        done.inbound.insert("t" + std::to_string(id));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    ::close(ends[0]);
    return done;
}

TEST(Durability, kill_9_of_a_working_process_loses_nothing_acknowledged) {
    for (const int acknowledgements : {1, 2, 7, 40}) {
        const Folder folder;
        const auto done = live_and_be_killed(folder.file("s.db"), acknowledgements);
        ASSERT_EQ(done.inbound.size(), static_cast<std::size_t>(acknowledgements));
        Owner owner;
        auto store = open_at(folder.file("s.db"), owner);
        ASSERT_TRUE(store) << store.error().to_string();
        expect_kept(**store, owner, done);
        expect_guarded(**store, owner, done);
    }
}

TEST(Durability, a_full_disk_acknowledges_nothing_and_heals_by_itself) {
    const Folder folder;
    Owner owner;
    ForgetfulVfs vfs;
    auto store = open_at(folder.file("s.db"), owner, vfs.name());
    ASSERT_TRUE(store);
    ASSERT_TRUE(write_to(**store, owner, message("m1")));
    EXPECT_TRUE((*store)->healthy());
    vfs.set_full(true);
    const auto refused = write_to(**store, owner, message("m2"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, boost::system::errc::no_space_on_device);
    EXPECT_FALSE((*store)->healthy());
    EXPECT_FALSE(write_to(**store, owner, text("t1")));
    EXPECT_TRUE(read_from(**store, owner, store::FindOutbound{port::OutId{"m1"}})->row)
        << "reads go on";
    vfs.set_full(false);
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (!(*store)->healthy() && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    EXPECT_TRUE((*store)->healthy()) << "nobody wrote";
    EXPECT_FALSE(read_from(**store, owner, store::FindOutbound{port::OutId{"m2"}})->row);
    const auto again = write_to(**store, owner, message("m2"));
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->duplicate) << "the refused one left no guard";
    store->reset();
}

TEST(Durability, a_long_log_is_copied_into_the_file_beside_the_writes) {
    const Folder folder;
    Owner owner;
    auto store = open_at(folder.file("s.db"), owner);
    ASSERT_TRUE(store);
    const auto size = [&folder] { return std::filesystem::file_size(folder.file("s.db")); };
    const auto enough = size() + 4 * 1024 * 1024;
    const store::StoreRaw event{
        "sms.example.org", "primary", std::string(256 * 1024, 'x'), start_of_time};
    for (int i = 0; i < 1000 && size() < enough; ++i) ASSERT_TRUE(write_to(**store, owner, event));
    EXPECT_GE(size(), enough) << "the log only grows";
}

TEST(Durability, completions_come_in_order_and_a_group_in_one_post) {
    const Folder folder;
    Owner owner;
    auto store = open_at(folder.file("s.db"), owner);
    ASSERT_TRUE(store);
    std::vector<int> order;
    constexpr int count = 500;
    for (int i = 0; i < count; ++i) {
        (*store)->write(text("t" + std::to_string(i)), [&order, i](const auto&) {
            order.push_back(i);
        });
    }
    ASSERT_TRUE(owner.run_until([&order] { return order.size() == count; }));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_LT(owner.posts(), count / 2) << "writes are gathered while one group commits";
    EXPECT_EQ((*store)->pending(), 0U);
}

TEST(Durability, closing_commits_what_was_submitted_and_drops_completions) {
    const Folder folder;
    Owner owner;
    int answers = 0;
    {
        auto store = open_at(folder.file("s.db"), owner);
        ASSERT_TRUE(store);
        for (int i = 0; i < 5000; ++i)
            (*store)->write(text("t" + std::to_string(i)), [&answers](const auto&) { ++answers; });
    }
    EXPECT_EQ(answers, 0);
    auto store = open_at(folder.file("s.db"), owner);
    ASSERT_TRUE(store);
    EXPECT_EQ(read_from(**store, owner, store::Counts{})->inbox_waiting["sms.example.org"], 5000U);
}

TEST(Durability, a_backup_opens_as_a_store_and_waits_for_nobody) {
    const Folder folder;
    Owner owner;
    for (const std::string& path : {folder.file("s.db"), std::string(":memory:")}) {
        auto store = open_at(path, owner);
        ASSERT_TRUE(store);
        ASSERT_TRUE(write_to(**store, owner, message("m1")));
        std::optional<Result<>> answer;
        (*store)->backup(folder.file("copy.db"), [&answer](Result<> result) {
            answer = std::move(result);
        });
        ASSERT_TRUE(owner.run_until([&answer] { return answer.has_value(); }));
        ASSERT_TRUE(*answer) << answer->error().to_string();
        const auto mode = std::filesystem::status(folder.file("copy.db")).permissions();
        EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        auto copy = open_at(folder.file("copy.db"), owner);
        ASSERT_TRUE(copy) << copy.error().to_string();
        EXPECT_TRUE(read_from(**copy, owner, store::FindOutbound{port::OutId{"m1"}})->row);
    }
}

TEST(Durability, a_backup_that_cannot_be_written_says_so) {
    const Folder folder;
    Owner owner;
    auto store = open_at(folder.file("s.db"), owner);
    ASSERT_TRUE(store);
    std::optional<Result<>> answer;
    (*store)->backup(folder.file("missing/copy.db"), [&answer](Result<> result) {
        answer = std::move(result);
    });
    ASSERT_TRUE(owner.run_until([&answer] { return answer.has_value(); }));
    EXPECT_FALSE(*answer);
    EXPECT_TRUE((*store)->healthy());
}

TEST(Durability, a_restored_store_parks_what_waited) {
    const Folder folder;
    Owner owner;
    {
        auto store = open_at(folder.file("s.db"), owner);
        ASSERT_TRUE(store);
        auto waiting = message("queued");
        waiting.start.reset();
        ASSERT_TRUE(write_to(**store, owner, waiting));
        ASSERT_TRUE(write_to(**store, owner, message("attempting")));
        ASSERT_TRUE(write_to(**store, owner, message("done")));
        ASSERT_TRUE(write_to(**store, owner, news("done", delivered)));
    }
    const WallTime restored = start_of_time + 48h;  // after their deadlines
    const auto parked = store::park_all(folder.file("s.db"), restored);
    ASSERT_TRUE(parked);
    EXPECT_EQ(*parked, 2U);
    auto store = open_at(folder.file("s.db"), owner);
    ASSERT_TRUE(store);
    auto routes =
        std::make_shared<std::map<std::pair<std::string, std::string>, store::LaneRoute>>();
    (*routes)[{"sms.example.org", "+15550001111"}].provider = "primary";
    store::SweepOutbound sweep;
    sweep.now = restored + 24h * 6;
    EXPECT_TRUE(write_to(**store, owner, sweep)->ended.empty()) << "the operator has a week";
    const store::ClaimDue claim{.routes = routes, .now = sweep.now};
    EXPECT_TRUE(write_to(**store, owner, claim)->rows.empty()) << "nothing goes by itself";
    store::ListOutbound open;
    open.open_only = true;
    EXPECT_EQ(read_from(**store, owner, open)->rows.size(), 2U);
    EXPECT_TRUE(
        write_to(**store, owner, store::RetryOutbound{port::OutId{"queued"}, sweep.now})->changed
    );
    EXPECT_EQ(write_to(**store, owner, claim)->rows.size(), 1U);
    sweep.now = restored + 24h * 7;
    const auto swept = write_to(**store, owner, sweep);
    ASSERT_EQ(swept->ended.size(), 1U) << "a deadline ends what nobody decides";
    EXPECT_EQ(swept->ended[0].reason, "unknown_outcome");
}

}  // namespace
}  // namespace sallyport::test
