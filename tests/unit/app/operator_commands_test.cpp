// SPDX-License-Identifier: Apache-2.0
// The operator's commands on a store: with a core, as the running gateway has it, and without.
#include <optional>

#include <gtest/gtest.h>

#include "gateway/app/command_table.hpp"
#include "gateway/app/user_rows.hpp"
#include "gateway/port/codec.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/run_until.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

using test::CoreWorld;
using Words = std::vector<std::string>;
using test::TempFolder;

constexpr std::string_view number = "+15550001111";

/// A world with alice, who has a number.
struct Office {
    explicit Office(bool is_running = true) : core(is_running ? world.core.get() : nullptr) {
        world.config.data = folder.path();
        auto& sms = std::get<config::SmsConfig>(world.config.transports[0].settings);
        sms.providers.emplace_back();
        sms.providers[0].numbers = {std::string(number), "+15550002222"};
        world.add_account("alice@example.org", number);
    }

    CommandAnswer run(Words words) {
        auto parsed = parse_command(std::move(words));
        if (!parsed) return {parsed.error().detail, Exit::usage};
        std::optional<CommandAnswer> answer;
        const ControlContext context{world.store, world.time, core, nullptr, &world.config};
        run_command(context, *std::move(parsed), [&](CommandAnswer given) {
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(given);
        });
        settle_until([&] { return answer.has_value(); });
        EXPECT_TRUE(answer) << "not answered";
        return answer.value_or(CommandAnswer{"no answer", -1});
    }
    /// A backup is not among what the world waits for by itself.
    void settle_until(const std::function<bool()>& done) {
        world.settle();
        test::run_until(world.io, done);
        world.settle();
    }
    /// A message of alice's that waits in the store.
    void put_waiting(const std::string& id) {
        store::TakeOutbound op = message(id);
        op.not_before = world.time.wall() + std::chrono::hours(1);
        world.store.write(std::move(op));
        world.settle();
    }
    /// One of which the network has not answered.
    void put_attempted(const std::string& id) {
        store::TakeOutbound op = message(id);
        op.message.peer = "+15559876543";
        op.start = "primary";
        world.store.write(std::move(op));
        world.settle();
    }
    store::TakeOutbound message(const std::string& id) {
        store::TakeOutbound op;
        op.message.id = port::OutId{id};
        op.message.transport = "sms.example.org";
        op.message.user = "alice@example.org";
        op.message.account = world.account("alice@example.org")->id;
        op.message.from = "alice@example.org/phone";
        op.message.own = std::string(number);
        op.message.peer = "+15551234567";
        op.message.stanza_id = "s1";
        op.message.payload =
            port::encode(port::SendMessage(port::Address("+15551234567"), "a \"private\" text"));
        op.message.accepted_at = world.time.wall();
        op.message.deadline = world.time.wall() + std::chrono::hours(24);
        op.now = world.time.wall();
        return op;
    }
    port::DeliveryState state_of(const std::string& id) {
        return world.read(store::FindOutbound{port::OutId{id}}).row->state;
    }

    TempFolder folder;
    CoreWorld world;
    core::Core* core;
};

bool has(const CommandAnswer& answer, std::string_view text) {
    return answer.text.find(text) != std::string::npos;
}

TEST(AccountCommands, list_and_show_what_is_registered) {
    for (const bool is_running : {true, false}) {
        Office office(is_running);
        const CommandAnswer list = office.run({"account", "list"});
        EXPECT_EQ(list.exit, Exit::ok);
        EXPECT_TRUE(has(list, "alice@example.org") && has(list, number)) << list.text;
        EXPECT_TRUE(has(office.run({"account", "show", std::string(number)}), "alice@example.org"));
        EXPECT_TRUE(has(office.run({"account", "show", "alice@example.org/phone"}), number));
    }
}

TEST(AccountCommands, say_who_is_not_there) {
    Office office;
    EXPECT_EQ(office.run({"account", "show", "bob@example.org"}).exit, Exit::usage);
    EXPECT_EQ(office.run({"account", "show", "+15559999999"}).exit, Exit::usage);
    EXPECT_EQ(
        office.run({"account", "show", "alice@example.org", "--domain=irc.example.org"}).exit,
        Exit::usage
    );
    EXPECT_TRUE(has(office.run({"account", "list", "--domain=irc.example.org"}), "Nobody"));
}

TEST(AccountCommands, suspend_and_resume_a_running_account) {
    Office office;
    EXPECT_EQ(office.run({"account", "suspend", "alice@example.org"}).exit, Exit::ok);
    EXPECT_TRUE(office.world.account("alice@example.org")->suspended);
    EXPECT_EQ(office.run({"account", "suspend", "alice@example.org"}).exit, Exit::ok);
    EXPECT_EQ(office.run({"account", "resume", std::string(number)}).exit, Exit::ok);
    EXPECT_FALSE(office.world.account("alice@example.org")->suspended);
}

TEST(AccountCommands, suspend_in_the_store_when_nothing_runs) {
    Office office(false);
    EXPECT_EQ(office.run({"account", "suspend", "alice@example.org"}).exit, Exit::ok);
    EXPECT_TRUE(office.world.read(store::Registrations{}).rows.at(0).suspended);
    EXPECT_TRUE(has(office.run({"account", "list"}), "suspended"));
}

TEST(AccountCommands, release_ends_the_registration_and_tells_its_user) {
    Office office;
    office.world.link_up();
    office.world.take();
    EXPECT_EQ(office.run({"account", "release", "alice@example.org"}).exit, Exit::ok);
    EXPECT_EQ(office.world.account("alice@example.org"), nullptr);
    const auto told = test::bodies(office.world.take());
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told[0].find("no longer yours"), std::string::npos) << told[0];
}

TEST(AccountCommands, release_refuses_what_the_file_assigns) {
    Office office;
    office.world.domain.accounts.set_assigned(
        {{std::string(number), port::UserLabel{"alice@example.org"}}}
    );
    EXPECT_EQ(office.run({"account", "release", "alice@example.org"}).exit, Exit::usage);
    EXPECT_NE(office.world.account("alice@example.org"), nullptr);
}

TEST(AccountCommands, assign_gives_a_free_number) {
    Office office;
    const CommandAnswer answer =
        office.run({"account", "assign", "+1 555 000 2222", "bob@example.org"});
    EXPECT_EQ(answer.exit, Exit::ok) << answer.text;
    ASSERT_NE(office.world.account("bob@example.org"), nullptr);
    EXPECT_EQ(office.world.account("bob@example.org")->own_address, "+15550002222");
}

TEST(AccountCommands, assign_refuses_what_is_taken_or_unknown) {
    Office office;
    EXPECT_EQ(
        office.run({"account", "assign", std::string(number), "bob@example.org"}).exit, Exit::usage
    );
    EXPECT_EQ(
        office.run({"account", "assign", "+15550002222", "alice@example.org"}).exit, Exit::usage
    );
    EXPECT_EQ(
        office.run({"account", "assign", "+15559999999", "bob@example.org"}).exit, Exit::usage
    );
    EXPECT_EQ(
        office.run({"account", "assign", "bob@example.org", "+15550002222"}).exit, Exit::usage
    );
    EXPECT_EQ(office.world.account("bob@example.org"), nullptr);
}

TEST(AccountCommands, that_need_links_ask_for_the_gateway) {
    Office office(false);
    EXPECT_EQ(office.run({"account", "release", "alice@example.org"}).exit, Exit::unavailable);
    EXPECT_EQ(
        office.run({"account", "assign", "+15550002222", "bob@example.org"}).exit, Exit::unavailable
    );
}

TEST(AccountCommands, export_tells_everything_as_json) {
    Office office;
    office.put_waiting("01M1");
    office.folder.write("media/token1/file.jpg", "1234");
    office.world.store.write(store::PutRecord{
        "sms.example.org",
        media_record_key("alice@example.org", "token1"),
        "file.jpg",
        std::nullopt});
    office.world.store.write(store::PutRecord{
        "contacts/sms.example.org/alice@example.org", "+15551234567", "to", std::nullopt});
    const CommandAnswer answer = office.run({"account", "export", std::string(number)});
    EXPECT_EQ(answer.exit, Exit::ok);
    EXPECT_TRUE(has(answer, R"("text":"a \"private\" text")")) << answer.text;
    EXPECT_TRUE(has(answer, R"("number":"+15550001111")")) << answer.text;
    EXPECT_TRUE(has(answer, R"(file.jpg","bytes":4})")) << answer.text;
    EXPECT_TRUE(has(answer, R"("contacts":[{"domain":"sms.example.org","address":"+15551234567"}])")
    ) << answer.text;
}

TEST(AccountCommands, erase_spares_what_still_waits) {
    Office office;
    office.put_waiting("01M1");
    const CommandAnswer answer = office.run({"account", "erase", "alice@example.org"});
    EXPECT_EQ(answer.exit, Exit::unavailable);
    EXPECT_TRUE(has(answer, "--force"));
    EXPECT_NE(office.world.account("alice@example.org"), nullptr);
}

TEST(AccountCommands, erase_leaves_nothing_behind) {
    for (const bool is_running : {true, false}) {
        Office office(is_running);
        office.put_waiting("01M1");
        office.folder.write("media/token1/file.jpg", "1234");
        office.world.store.write(store::PutRecord{
            "sms.example.org",
            media_record_key("alice@example.org", "token1"),
            "file.jpg",
            std::nullopt});
        office.world.store.write(store::PutRecord{
            "contacts/sms.example.org/alice@example.org", "+15551234567", "to", std::nullopt});
        const CommandAnswer answer =
            office.run({"account", "erase", "alice@example.org", "--force"});
        EXPECT_EQ(answer.exit, Exit::ok) << answer.text;
        EXPECT_FALSE(office.world.read(store::FindOutbound{port::OutId{"01M1"}}).row);
        const auto left = office.world.read(store::ExportUser{"", "alice@example.org"});
        EXPECT_TRUE(
            left.registrations.empty() && left.outbound.empty() && left.inbox.empty() &&
            left.records.empty()
        );
        EXPECT_TRUE(
            office.world
                .read(store::ScanRecords{
                    "contacts/sms.example.org/alice@example.org", "", office.world.time.wall()})
                .rows.empty()
        );
        EXPECT_FALSE(std::filesystem::exists(office.folder.path() / "media/token1"));
        if (is_running) {
            EXPECT_EQ(office.world.account("alice@example.org"), nullptr);
        }
        EXPECT_EQ(office.run({"account", "erase", "alice@example.org"}).exit, Exit::usage);
    }
}

TEST(AccountCommands, erase_ends_each_message_once_in_the_books) {
    Office office;
    core::Ledger& ledger = office.world.core->ledger();
    office.put_waiting("01M1");
    office.put_attempted("01M2");
    ledger.out("sms.example.org", core::Ledger::Result::taken, 2);
    EXPECT_EQ(office.run({"account", "erase", "alice@example.org", "--force"}).exit, Exit::ok);
    EXPECT_EQ(ledger.open("sms.example.org"), 0U);
    EXPECT_EQ(ledger.value("sms.example.org", core::Ledger::Result::failed), 2U);
}

TEST(QueueCommands, list_and_show_without_the_text) {
    Office office;
    EXPECT_TRUE(has(office.run({"queue", "list"}), "No messages"));
    office.put_waiting("01M1");
    const CommandAnswer list = office.run({"queue", "list", "--user", "alice@example.org"});
    EXPECT_TRUE(has(list, "01M1") && has(list, "queued") && has(list, "+15551234567")) << list.text;
    EXPECT_FALSE(has(list, "private"));
    EXPECT_FALSE(has(office.run({"queue", "show", "01M1"}), "private"));
    EXPECT_TRUE(has(office.run({"queue", "show", "01M1", "--text"}), "a \"private\" text"));
    EXPECT_EQ(office.run({"queue", "show", "01M2"}).exit, Exit::usage);
    EXPECT_EQ(office.run({"queue", "list", "--limit=many"}).exit, Exit::usage);
}

TEST(QueueCommands, inbound_shows_what_waits_for_its_users) {
    Office office;
    EXPECT_TRUE(has(office.run({"queue", "inbound"}), "Nothing waits"));
    office.world.core->arrivals().accept(
        office.world.domain,
        port::MessageReceived(
            port::Address("+15551234567"), "+15550009999", {"primary", "SM1"}, "for\x1b[1mwhom\n?"
        ),
        [](const Result<port::Accepted>& accepted) { EXPECT_TRUE(accepted); }
    );
    office.world.settle();
    const CommandAnswer list = office.run({"queue", "inbound"});
    EXPECT_TRUE(has(list, "+15551234567") && has(list, "+15550009999")) << list.text;
    EXPECT_FALSE(has(list, "whom"));
    EXPECT_TRUE(has(office.run({"queue", "inbound", "--text"}), "for [1mwhom ?"));
    EXPECT_TRUE(has(office.run({"queue", "inbound", "--domain", "other.example.org"}), "Nothing"));
    EXPECT_EQ(office.run({"queue", "inbound", "--limit=many"}).exit, Exit::usage);
}

TEST(QueueCommands, retry_sends_at_once) {
    Office office;
    office.world.transport.own_addresses = {std::string(number)};
    office.world.core->start();
    office.world.settle();
    office.put_waiting("01M1");
    EXPECT_TRUE(office.world.transport.submitted.empty());
    EXPECT_EQ(office.run({"queue", "retry", "01M1"}).exit, Exit::ok);
    ASSERT_EQ(office.world.transport.submitted.size(), 1U);
    EXPECT_EQ(office.run({"queue", "retry", "01M1"}).exit, Exit::usage) << "it is being attempted";
}

TEST(QueueCommands, drop_tells_the_sender) {
    Office office;
    office.world.link_up();
    office.put_waiting("01M1");
    office.world.take();
    EXPECT_EQ(office.run({"queue", "drop", "01M1"}).exit, Exit::ok);
    EXPECT_EQ(office.state_of("01M1"), port::DeliveryState::failed);
    const auto told = test::bodies(office.world.take());
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told[0].find("dropped by the operator"), std::string::npos) << told[0];
    EXPECT_EQ(office.run({"queue", "drop", "01M1"}).exit, Exit::usage);
}

TEST(QueueCommands, work_on_the_store_alone) {
    Office office(false);
    office.put_waiting("01M1");
    EXPECT_EQ(office.run({"queue", "retry", "01M1"}).exit, Exit::ok);
    EXPECT_EQ(office.run({"queue", "drop", "01M1"}).exit, Exit::ok);
    EXPECT_EQ(office.state_of("01M1"), port::DeliveryState::failed);
}

TEST(StatusCommand, tells_the_queues_when_nothing_runs) {
    Office office(false);
    auto& sms = std::get<config::SmsConfig>(office.world.config.transports[0].settings);
    sms.providers.clear();  // these have no description
    office.put_waiting("01M1");
    const CommandAnswer answer = office.run({"status"});
    EXPECT_EQ(answer.exit, Exit::ok);
    EXPECT_TRUE(has(answer, "not running") && has(answer, "queued 1")) << answer.text;
}

TEST(BackupCommand, wants_a_place_of_its_own) {
    Office office;
    EXPECT_EQ(office.run({"backup", "relative.db"}).exit, Exit::usage);
    EXPECT_EQ(office.run({"backup", office.folder.path().string()}).exit, Exit::usage);
    EXPECT_NE(office.run({"backup", "/nonexistent/folder/copy.db"}).exit, Exit::ok);
}

TEST(BackupCommand, says_that_the_key_is_left_out) {
    Office office;
    const auto copy = office.folder.path() / "copy.db";
    const CommandAnswer answer = office.run({"backup", copy.string()});
    EXPECT_EQ(answer.exit, Exit::ok) << answer.text;
    EXPECT_TRUE(std::filesystem::exists(copy));
    EXPECT_TRUE(has(answer, (office.folder.path() / "key").string()));
}

TEST(Commands, say_so_when_the_disk_is_full) {
    Office office;
    office.put_waiting("01M1");
    office.world.store.is_full = true;
    for (const Words& words : std::vector<Words>{
             {"account", "suspend", "alice@example.org"},
             {"queue", "drop", "01M1"},
             {"queue", "retry", "01M1"},
             {"account", "erase", "alice@example.org", "--force"}})
        EXPECT_NE(office.run(words).exit, Exit::ok) << words[1];
}

}  // namespace
}  // namespace sallyport::app
