// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using namespace std::chrono_literals;
using enum port::DeliveryState;
using store::RegistrationRow;
using Pairs = std::vector<std::pair<std::string, std::string>>;

store::PutRegistration registration(const std::string& user, const std::string& own) {
    store::PutRegistration op;
    op.row.transport = "sms.example.org";
    op.row.user = user;
    op.row.own = own;
    op.row.from_pool = true;
    op.now = start_of_time;
    return op;
}

TEST_P(StoreContract, a_registration_comes_back_as_it_was_put) {
    auto op = registration("alice@example.org", "+15550001111");
    op.row.provider = "primary";
    op.row.hook_token = "token";
    op.row.credentials = std::string("\0sealed", 7);
    op.row.suspended = true;
    const auto id = write(op).id;
    EXPECT_GT(id.value, 0);
    restart();
    auto rows = read(store::Registrations{}).rows;
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].id, id);
    EXPECT_EQ(rows[0].user, "alice@example.org");
    EXPECT_EQ(rows[0].own, "+15550001111");
    EXPECT_EQ(rows[0].provider, "primary");
    EXPECT_EQ(rows[0].hook_token, "token");
    EXPECT_EQ(rows[0].credentials, op.row.credentials);
    EXPECT_TRUE(rows[0].from_pool);
    EXPECT_TRUE(rows[0].suspended);
    EXPECT_EQ(rows[0].created, now);
}

TEST_P(StoreContract, one_number_has_one_user_and_one_user_one_number) {
    EXPECT_FALSE(write(registration("alice@example.org", "+1")).conflict);
    EXPECT_TRUE(write(registration("bob@example.org", "+1")).conflict);
    EXPECT_TRUE(write(registration("alice@example.org", "+2")).conflict);
    EXPECT_FALSE(write(registration("bob@example.org", "+2")).conflict);
    auto elsewhere = registration("alice@example.org", "+1");
    elsewhere.row.transport = "other.example.org";
    EXPECT_FALSE(write(elsewhere).conflict);
    EXPECT_EQ(read(store::Registrations{}).rows.size(), 3U);
}

TEST_P(StoreContract, registrations_without_an_own_address_do_not_meet) {
    EXPECT_FALSE(write(registration("alice@example.org", "")).conflict);
    EXPECT_FALSE(write(registration("bob@example.org", "")).conflict);
}

TEST_P(StoreContract, a_registration_can_be_changed) {
    auto op = registration("alice@example.org", "+1");
    op.row.id = write(op).id;
    write(registration("bob@example.org", "+2"));
    op.row.own = "+3";
    op.row.suspended = true;
    EXPECT_FALSE(write(op).conflict);
    EXPECT_EQ(read(store::Registrations{}).rows.at(0).own, "+3");
    op.row.own = "+2";
    EXPECT_TRUE(write(op).conflict);
    op.row.id.value = 99;
    op.row.own = "+4";
    op.row.user = "carol@example.org";
    EXPECT_TRUE(write(op).conflict) << "there is no such registration";
}

TEST_P(StoreContract, a_released_number_rests_before_the_pool_gives_it_again) {
    const auto id = write(registration("alice@example.org", "+1")).id;
    EXPECT_TRUE(write(store::RemoveRegistration{id, now + 720h, now}).found);
    EXPECT_FALSE(write(store::RemoveRegistration{id, now + 720h, now}).found);
    restart();
    const auto resting = read(store::Registrations{}).resting;
    ASSERT_EQ(resting.size(), 1U);
    EXPECT_EQ(resting[0].transport, "sms.example.org");
    EXPECT_EQ(resting[0].own, "+1");
    EXPECT_EQ(resting[0].until, now + 720h);
    auto next = registration("bob@example.org", "+1");
    EXPECT_TRUE(write(next).conflict);
    next.now = now + 721h;
    EXPECT_FALSE(write(next).conflict);
    EXPECT_TRUE(read(store::Registrations{}).resting.empty());
}

TEST_P(StoreContract, the_operator_may_assign_a_resting_number) {
    const auto id = write(registration("alice@example.org", "+1")).id;
    write(store::RemoveRegistration{id, now + 720h, now});
    auto assigned = registration("bob@example.org", "+1");
    assigned.row.from_pool = false;
    EXPECT_FALSE(write(assigned).conflict);
    EXPECT_TRUE(read(store::Registrations{}).resting.empty());
}

TEST_P(StoreContract, what_waits_fails_when_its_registration_goes) {
    const auto id = write(registration("alice@example.org", "+15550001111")).id;
    send("m1");
    queue("m2");
    auto answer = write(store::RemoveRegistration{id, std::nullopt, now});
    ASSERT_EQ(answer.shown.size(), 1U);
    EXPECT_EQ(answer.shown[0].reason, "refused_by_policy");
    EXPECT_EQ(row("m1").state, attempting) << "its outcome decides";
    EXPECT_EQ(row("m2").state, failed);
}

TEST_P(StoreContract, records_are_put_replaced_erased_and_expire) {
    write(store::PutRecord{"sms.example.org", "key", "one", std::nullopt});
    write(store::PutRecord{"sms.example.org", "key", "two", now + 1h});
    restart();
    EXPECT_EQ(read(store::GetRecord{"sms.example.org", "key", now}).value, "two");
    EXPECT_FALSE(read(store::GetRecord{"irc.example.org", "key", now}).value);
    EXPECT_FALSE(read(store::GetRecord{"sms.example.org", "key", now + 1h}).value);
    write(store::PutRecord{"sms.example.org", "key", "three", std::nullopt});
    EXPECT_EQ(read(store::GetRecord{"sms.example.org", "key", now + 999h}).value, "three");
    write(store::EraseRecord{"sms.example.org", "key"});
    EXPECT_FALSE(read(store::GetRecord{"sms.example.org", "key", now}).value);
}

TEST_P(StoreContract, records_are_scanned_by_prefix_in_order) {
    for (const char* key : {"b/2", "a", "b/1", "b", "b/\xff", "c"}) {
        write(store::PutRecord{"ns", key, key, std::nullopt});
    }
    write(store::PutRecord{"ns", "b/0", "gone", now});
    write(store::PutRecord{"other", "b/3", "x", std::nullopt});
    EXPECT_EQ(
        read(store::ScanRecords{"ns", "b/", now}).rows,
        (Pairs{{"b/1", "b/1"}, {"b/2", "b/2"}, {"b/\xff", "b/\xff"}})
    );
    EXPECT_EQ(read(store::ScanRecords{"ns", "", now}).rows.size(), 6U);
    EXPECT_TRUE(read(store::ScanRecords{"ns", "\xff", now}).rows.empty());
}

TEST_P(StoreContract, retention_blanks_bodies_and_later_forgets_ids) {
    send("m1");
    accepted("m1", "r1");
    write(report("r1", delivered));
    queue("m2");
    const auto read_one = write(incoming("read")).row;
    write(incoming("waiting"));
    write(store::StoreRaw{"sms.example.org", "primary", "raw", now});
    for (const auto& item : shown()) {
        if (item.kind == store::InboxRow::Kind::receipt)
            write(store::InboxRead{{{item.row}, {read_one.row}}});
    }
    store::Prune prune{.now = now + 1h, .bodies_before = now - 1h, .ids_before = now - 1h};
    EXPECT_EQ(write(prune).rows, 0U);
    prune.bodies_before = now + 1h;
    EXPECT_EQ(write(prune).rows, 4U) << "message, receipt, text that was read, raw event";
    EXPECT_EQ(write(prune).rows, 0U);
    EXPECT_EQ(row("m1").payload, "");
    EXPECT_EQ(row("m1").preview, "");
    EXPECT_EQ(row("m2").payload, "body of m2") << "still waits";
    EXPECT_FALSE(write(report("r1", delivered)).changed) << "the id is still known";
    prune.ids_before = now + 1h;
    EXPECT_EQ(write(prune).rows, 3U);
    restart();
    EXPECT_FALSE(read(store::FindOutbound{port::OutId{"m1"}}).row);
    EXPECT_FALSE(write(report("r1", delivered)).found);
    EXPECT_EQ(row("m2").state, queued);
    ASSERT_EQ(shown().size(), 1U);
    EXPECT_EQ(shown()[0].payload, "waiting");
    EXPECT_EQ((read(store::Counts{}).outbound.count({"sms.example.org", delivered})), 0U);
}

TEST_P(StoreContract, retention_forgets_guards_records_and_quarantine_that_expired) {
    write(incoming("hello", "guard"));
    write(store::PutRecord{"ns", "key", "value", now + 1h});
    const auto id = write(registration("bob@example.org", "+1")).id;
    write(store::RemoveRegistration{id, now + 1h, now});
    write(report("early", delivered));
    store::Prune prune{.now = now + 30s, .bodies_before = {}, .ids_before = {}};
    EXPECT_EQ(write(prune).rows, 0U);
    prune.now = now + 73h;
    EXPECT_EQ(write(prune).rows, 4U);
    EXPECT_TRUE(read(store::Registrations{}).resting.empty());
}

TEST_P(StoreContract, an_id_is_kept_for_as_long_as_it_guards) {
    auto op = take("m1");
    op.guard = "guard";
    write(op);
    write(store::DropOutbound{port::OutId{"m1"}, now});
    store::Prune prune{.now = now + 47h, .bodies_before = {}, .ids_before = now + 1h};
    EXPECT_EQ(write(prune).rows, 0U);
    prune.now = now + 49h;
    EXPECT_EQ(write(prune).rows, 1U);
    EXPECT_FALSE(read(store::FindOutbound{port::OutId{"m1"}}).row);
}

TEST_P(StoreContract, retention_works_in_small_portions) {
    for (int i = 0; i < 5; ++i) {
        const std::string id = "m" + std::to_string(i);
        queue(id);
        write(store::DropOutbound{port::OutId{id}, now});
    }
    store::Prune prune{.now = now, .bodies_before = now + 1h, .ids_before = {}, .limit = 2};
    EXPECT_EQ(write(prune).rows, 2U);
    EXPECT_EQ(write(prune).rows, 2U);
    EXPECT_EQ(write(prune).rows, 1U);
    EXPECT_EQ(write(prune).rows, 0U);
}

TEST_P(StoreContract, an_export_holds_all_of_one_user_and_nothing_of_others) {
    write(registration("alice@example.org", "+1"));
    write(registration("bob@example.org", "+2"));
    queue("m1");
    auto other = take("m2", "+15554444444");
    other.message.user = "bob@example.org";
    write(other);
    write(incoming("hello"));
    write(store::PutRecord{"sms.example.org", "alice@example.org/note", "x", std::nullopt});
    write(store::PutRecord{"sms.example.org", "alice@example.orgy/note", "x", std::nullopt});
    restart();
    auto all = read(store::ExportUser{"", "alice@example.org"});
    ASSERT_EQ(all.registrations.size(), 1U);
    EXPECT_EQ(all.registrations[0].own, "+1");
    ASSERT_EQ(all.outbound.size(), 1U);
    EXPECT_EQ(all.outbound[0].payload, "body of m1");
    ASSERT_EQ(all.inbox.size(), 1U);
    EXPECT_EQ(all.inbox[0].payload, "hello");
    EXPECT_EQ(all.records, (Pairs{{"alice@example.org/note", "x"}}));
    auto none = read(store::ExportUser{"irc.example.org", "alice@example.org"});
    EXPECT_TRUE(
        none.registrations.empty() && none.outbound.empty() && none.inbox.empty() &&
        none.records.empty()
    );
}

using Open = std::map<std::string, std::size_t>;

TEST_P(StoreContract, erasing_a_user_leaves_nothing_of_them_and_all_of_others) {
    write(registration("alice@example.org", "+1"));
    send("m1");
    accepted("m1", "r1");
    send("m2");
    auto other = take("m3");
    other.message.user = "bob@example.org";
    write(other);  // waits behind m2 in the same lane
    write(incoming("hello"));
    write(store::PutRecord{"sms.example.org", "alice@example.org", "x", std::nullopt});
    EXPECT_EQ(write(store::EraseUser{"irc.example.org", "alice@example.org"}).rows, 0U);
    const auto erased = write(store::EraseUser{"", "alice@example.org"});
    EXPECT_EQ(erased.rows, 5U);
    EXPECT_EQ(erased.open_out, (Open{{"sms.example.org", 2}})) << "accepted, and attempted";
    EXPECT_EQ(erased.open_in, (Open{{"sms.example.org", 1}}));
    restart();
    auto all = read(store::ExportUser{"", "alice@example.org"});
    EXPECT_TRUE(
        all.registrations.empty() && all.outbound.empty() && all.inbox.empty() &&
        all.records.empty()
    );
    EXPECT_FALSE(write(report("r1", delivered)).found);
    EXPECT_EQ(claimed(), std::vector<std::string>{"m3"}) << "the lane goes on";
    EXPECT_EQ(read(store::Counts{}).inbox_waiting.count("sms.example.org"), 0U);
    EXPECT_EQ(write(store::EraseUser{"", ""}).rows, 0U) << "nobody is not everybody";
}

}  // namespace
}  // namespace sallyport::test
