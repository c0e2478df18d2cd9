// SPDX-License-Identifier: Apache-2.0
// Lanes against a model: whatever happens in whatever order, every open message has something that
// will move it. decisions/0003-lanes-on-disk.md.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "gateway/store/sqlite/outbox.hpp"
#include "tests/contract/store/file_store.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using enum port::DeliveryState;
using store::OutboundRow;

constexpr int lanes = 4;
constexpr const char* domain = "sms.example.org";
constexpr const char* own = "+15550001111";

/// What the model wants to know of a row that lies in the file.
struct Lying {
    std::string id;
    std::int64_t lane = 0;
    port::DeliveryState state{};
    bool blocking = false;
    std::optional<WallTime> due;
    std::optional<WallTime> sweep_at;
    int attempts = 0;
    bool looks_now() const { return due == store::look_runs; }
    bool has_time() const { return due.has_value() && !looks_now(); }
};

/// A store, and what its owner would know of it: attempts and looks that run in this life.
class Model {
  public:
    explicit Model(unsigned seed) : dice_(seed) { open(); }

    void step();
    void check();
    /// Time passes, networks answer: nothing may be left. The deadlines are far.
    void come_to_an_end();

  private:
    using Act = void (Model::*)();

    void open();
    void crash();
    void reopen();
    void take();
    void claim();
    void end_attempt();
    void end_look();
    void stale();
    void report();
    void wake();
    void sweep();
    void retry();
    void drop();
    void pass_time();
    void set_clock_back();

    std::size_t roll(std::size_t below) { return dice_() % below; }
    bool chance(int percent) { return roll(100) < static_cast<std::size_t>(percent); }
    std::string any_id() { return "m" + std::to_string(roll(std::max(last_, 1U)) + 1); }
    std::chrono::milliseconds some_time() { return std::chrono::milliseconds(1 + roll(120'000)); }
    template <class Op>
    typename Op::Answer write(Op op) {
        auto answer = write_to(*store_, owner_, std::move(op));
        EXPECT_TRUE(answer);
        return answer ? *std::move(answer) : typename Op::Answer();
    }
    store::RecordOutcome outcome(const std::string& id, port::DeliveryState state);
    void record(store::RecordOutcome op);
    void started(const std::string& id, int attempt);
    std::map<std::int64_t, std::vector<Lying>> open_lanes();
    void check_lane(const std::vector<Lying>& rows);
    bool moves(const Lying& row) const;

    std::mt19937 dice_;
    Owner owner_;
    std::unique_ptr<Folder> folder_ = std::make_unique<Folder>();
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<store::Database> file_;  ///< the same file, read beside the store
    WallTime now_ = start_of_time;
    std::chrono::milliseconds fallen_{0};  ///< of the clock, since the last sweep
    bool is_young_ = true;                 ///< no sweep in this life yet
    unsigned last_ = 0;
    std::map<std::string, int> running_;  ///< attempts of this life without a result
    std::map<std::string, int> looking_;
    std::map<std::string, store::Place> places_;
    std::map<std::string, WallTime> told_;  ///< when to look at it, at the latest
    std::set<std::string> doubted_;  ///< attempted, and nobody has said yet that it was not taken
};

void Model::open() {
    auto opened = open_at(folder_->file("sallyport.db"), owner_);
    ASSERT_TRUE(opened) << opened.error().to_string();
    store_ = *std::move(opened);
    auto beside = store::Database::open(folder_->file("sallyport.db"), "");
    ASSERT_TRUE(beside);
    file_ = *std::move(beside);
    running_.clear();
    looking_.clear();
    is_young_ = true;
}

void Model::crash() {
    auto after = std::make_unique<Folder>();
    for (const char* name : {"sallyport.db", "sallyport.db-wal"})
        std::filesystem::copy_file(folder_->file(name), after->file(name));
    file_.reset();
    store_.reset();
    folder_ = std::move(after);
    open();
}

void Model::reopen() {
    file_.reset();
    store_.reset();
    open();
}

void Model::take() {
    auto op = message("m" + std::to_string(++last_));
    op.message.peer = "peer " + std::to_string(roll(lanes));
    op.message.own = own;
    op.message.deadline = now_ + 7 * 24h;
    op.now = now_;
    if (chance(50)) op.start.reset();
    if (chance(30)) op.not_before = now_ + some_time();
    const auto id = op.message.id.text;
    const auto answer = write(std::move(op));
    places_[id] = answer.place;
    if (answer.started) started(id, 1);
}

void Model::claim() {
    store::ClaimDue op;
    std::map<std::pair<std::string, std::string>, store::LaneRoute> routes;
    if (chance(80)) routes[{domain, own}].provider = "primary";
    if (chance(30)) routes[{domain, own}] = {"primary", roll(3), now_ + some_time()};
    op.routes = std::make_shared<const decltype(routes)>(std::move(routes));
    op.limit = 1 + roll(6);
    op.now = now_;
    for (const OutboundRow& row : write(std::move(op)).rows) {
        if (row.state != ambiguous) {
            started(row.id.text, row.attempts);
            continue;
        }
        const int before = std::exchange(looking_[row.id.text], row.attempts);
        EXPECT_NE(before, row.attempts) << row.id.text << " is looked for twice";
    }
}

store::RecordOutcome Model::outcome(const std::string& id, port::DeliveryState state) {
    store::RecordOutcome op;
    op.transport = domain;
    op.outcome.id = port::OutId{id};
    op.outcome.provider = "primary";
    op.outcome.state = state;
    if (state == accepted) op.outcome.refs = {port::MessageRef("primary", "ref of " + id)};
    if (state == queued || state == ambiguous) op.retry_at = now_ + some_time();
    if (state == ambiguous) op.frees_lane = chance(40);
    if (chance(60)) op.start_next = "primary";
    if (chance(30)) op.next_not_before = now_ + some_time();
    op.now = now_;
    return op;
}

void Model::record(store::RecordOutcome op) {
    if (op.outcome.state == queued || op.outcome.state == ambiguous) {
        if (!op.frees_lane) op.start_next.reset();
        WallTime& told = told_[op.outcome.id->text];
        told = std::max(told, *op.retry_at);
    }
    auto answer = write(std::move(op));
    if (answer.next) started(answer.next->id.text, answer.next->attempts);
}

void Model::end_attempt() {
    if (running_.empty()) return;
    auto at = std::next(running_.begin(), static_cast<std::ptrdiff_t>(roll(running_.size())));
    constexpr std::array results{accepted, accepted, failed, queued, ambiguous};
    auto op = outcome(at->first, results.at(roll(results.size())));
    op.attempt = at->second;
    if (chance(70)) op.place = places_.at(at->first);
    if (op.outcome.state == queued) doubted_.erase(at->first);
    running_.erase(at);
    record(std::move(op));
}

void Model::end_look() {
    if (looking_.empty()) return;
    auto at = std::next(looking_.begin(), static_cast<std::ptrdiff_t>(roll(looking_.size())));
    constexpr std::array results{accepted, failed, queued, ambiguous, ambiguous};
    auto op = outcome(at->first, results.at(roll(results.size())));
    op.attempt = at->second;
    op.looks = 1;
    if (op.outcome.state == queued) doubted_.erase(at->first);
    looking_.erase(at);
    record(std::move(op));
}

/// The result of an attempt that is long over.
void Model::stale() {
    auto op = outcome(any_id(), chance(50) ? failed : accepted);
    op.attempt = 0;
    if (const auto at = places_.find(op.outcome.id->text); at != places_.end() && chance(70))
        op.place = at->second;
    record(std::move(op));
}

void Model::report() {
    constexpr std::array news{sent, delivered, undelivered};
    auto op = outcome(any_id(), news.at(roll(news.size())));
    op.outcome.refs = {port::MessageRef("primary", "ref of " + op.outcome.id->text)};
    if (chance(50)) op.outcome.id.reset();
    record(std::move(op));
}

void Model::wake() {
    write(store::WakeLanes{
        domain, chance(50) ? std::vector<std::string>{own} : std::vector<std::string>{}, now_});
}

void Model::sweep() {
    store::SweepOutbound op;
    op.now = now_;
    op.unconfirmed_before = now_ - 72h;
    if (is_young_ || fallen_ > 0ms) op.set_back = is_young_ ? 0ms : fallen_;
    op.limit = 1 + roll(10);
    write(std::move(op));
    is_young_ = false;
    fallen_ = 0ms;
}

void Model::retry() {
    const auto id = any_id();
    if (write(store::RetryOutbound{port::OutId{id}, now_}).changed) doubted_.erase(id);
}

void Model::drop() {
    write(store::DropOutbound{port::OutId{any_id()}, now_});
}

void Model::pass_time() {
    now_ += chance(90) ? some_time() : std::chrono::milliseconds(10h);
}

void Model::set_clock_back() {
    const auto step = chance(50) ? some_time() : std::chrono::milliseconds(5h);
    now_ -= step;
    fallen_ += step;
}

void Model::started(const std::string& id, int attempt) {
    EXPECT_FALSE(running_.contains(id)) << id << " is attempted twice at once";
    EXPECT_FALSE(doubted_.contains(id)) << id << " is attempted again without an outcome";
    running_[id] = attempt;
    told_[id] = std::max(told_[id], now_);
    doubted_.insert(id);
    store::Query older(
        *file_,
        "SELECT older.id FROM outbox AS mine JOIN outbox AS older ON older.lane = mine.lane"
        " AND older.row < mine.row AND older.blocking = 1 WHERE mine.id = ?",
        std::string_view(id)
    );
    if (older.next()) ADD_FAILURE() << id << " overtakes " << older.value<std::string>();
}

std::map<std::int64_t, std::vector<Lying>> Model::open_lanes() {
    std::map<std::int64_t, std::vector<Lying>> found;
    store::Query query(
        *file_,
        "SELECT id, lane, state, blocking, due, sweep_at, attempts FROM outbox WHERE state < 3"
        " ORDER BY row"
    );
    while (query.next()) {
        Lying row;
        query.read(row.id, row.lane, row.state, row.blocking, row.due, row.sweep_at, row.attempts);
        found[row.lane].push_back(std::move(row));
    }
    return found;
}

/// Whether a message that is attempted or in doubt has something that will move it.
bool Model::moves(const Lying& row) const {
    const auto& what = row.state == attempting ? running_ : looking_;
    const auto at = what.find(row.id);
    const bool runs = at != what.end() && at->second == row.attempts;
    if (row.state == attempting) return runs;
    return row.looks_now() ? runs : row.has_time();
}

void Model::check_lane(const std::vector<Lying>& rows) {
    int attempts = 0;
    bool is_busy = false;
    const Lying* head = nullptr;
    for (const Lying& row : rows) {
        if (row.state == queued && head == nullptr) head = &row;
        is_busy = is_busy || (row.state != queued && row.blocking);
        attempts += row.state == attempting;
        EXPECT_TRUE(row.state == queued || moves(row))
            << row.id << " in state " << static_cast<int>(row.state) << " is moved by nothing";
        EXPECT_TRUE(row.state == attempting || row.sweep_at) << row.id << " has no end";
        EXPECT_FALSE(row.state == ambiguous && row.has_time() && *row.due > told_[row.id])
            << row.id << " waits longer than it was told to";
    }
    EXPECT_LE(attempts, 1) << "in one lane";
    EXPECT_TRUE(head == nullptr || is_busy || head->has_time())
        << head->id << " heads an idle lane and has no time";
}

void Model::check() {
    for (const auto& [lane, rows] : open_lanes()) check_lane(rows);
}

void Model::step() {
    constexpr std::array acts{
        &Model::take,
        &Model::take,
        &Model::take,
        &Model::claim,
        &Model::claim,
        &Model::claim,
        &Model::end_attempt,
        &Model::end_attempt,
        &Model::end_attempt,
        &Model::end_look,
        &Model::end_look,
        &Model::stale,
        &Model::report,
        &Model::wake,
        &Model::sweep,
        &Model::retry,
        &Model::drop,
        &Model::pass_time,
        &Model::pass_time};
    constexpr std::array rare{&Model::crash, &Model::reopen, &Model::set_clock_back};
    const Act act = chance(8) ? rare.at(roll(rare.size())) : acts.at(roll(acts.size()));
    (this->*act)();
}

void Model::come_to_an_end() {
    for (int minute = 0; minute < 24 * 60 && !open_lanes().empty(); ++minute) {
        while (!running_.empty()) end_attempt();
        while (!looking_.empty()) end_look();
        now_ += 1min;
        sweep();
        claim();
    }
    for (const auto& [lane, rows] : open_lanes())
        for (const Lying& row : rows) ADD_FAILURE() << row.id << " never ends";
}

class LanesModel : public ::testing::TestWithParam<unsigned> {};

TEST_P(LanesModel, every_open_message_has_something_that_moves_it) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    Model model(GetParam());
    for (int step = 0; step < 300 && !::testing::Test::HasFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        model.step();
        model.check();
    }
    if (!::testing::Test::HasFailure()) model.come_to_an_end();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LanesModel, ::testing::Range(1U, 41U));

}  // namespace
}  // namespace sallyport::test
