// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/upload_store.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

#include <gtest/gtest.h>

#include "gateway/app/media_store.hpp"
#include "gateway/app/user_rows.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Answer = server::UploadPlace::Answer;
using test::jid;
using test::TempFolder;

struct Uploads : testing::Test {
    Uploads() { world.config.media.max_bytes = 1'000; }

    Answer reserve(
        std::string name,
        std::uint64_t size,
        std::string type = "",
        std::string_view user = "alice@example.org"
    ) {
        std::optional<Answer> answer;
        uploads.reserve(jid(user), {std::move(name), size, std::move(type)}, [&](Answer said) {
            answer = std::move(said);
        });
        world.settle();
        return *answer;
    }
    static std::string path_of(const std::string& url) {
        return url.substr(std::string("https://gw.example.org").size());
    }
    static port::HttpRequest head(
        const std::string& url, std::optional<std::size_t> length, std::string type = ""
    ) {
        port::HttpRequest request("PUT", path_of(url));
        if (length) request.headers.emplace_back("Content-Length", std::to_string(*length));
        if (!type.empty()) request.headers.emplace_back("Content-Type", type);
        return request;
    }
    static std::string token_of(const std::string& get_url) {
        const std::string path = path_of(get_url).substr(std::string("/media/").size());
        return path.substr(0, path.find('/'));
    }
    /// The status of a whole upload.
    int put(const std::string& url, const std::string& body, std::string type = "") {
        auto decided = uploads.receive(head(url, body.size(), std::move(type)));
        if (auto* refused = std::get_if<port::HttpResponse>(&decided)) return refused->status;
        auto& receiver = std::get<std::unique_ptr<net::BodyReceiver>>(decided);
        for (std::size_t at = 0; at < body.size(); at += 7)
            if (auto refused = receiver->take(std::string_view(body).substr(at, 7)))
                return refused->status;
        status = 0;
        receiver->finish([this](const port::HttpResponse& said) { status = said.status; });
        receiver.reset();
        world.settle();
        return status;
    }
    int refusal(const port::HttpRequest& request) {
        auto decided = uploads.receive(request);
        auto* refused = std::get_if<port::HttpResponse>(&decided);
        return refused ? refused->status : 0;
    }
    std::string kept(const std::string& get_url) const {
        std::string path = path_of(get_url);
        std::ifstream file(folder.path() / path.substr(std::string("/media/").size()));
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator())
        );
    }

    int status = 0;  ///< of the last upload, 0 = not answered yet
    test::CoreWorld world;
    TempFolder folder;
    bool is_disk_full = false;
    std::function<void()> synced;  ///< tells that the file is on the disk, when is_disk_slow
    bool is_disk_slow = false;
    UploadStore uploads{
        {world.core->world(),
         folder.path(),
         "https://gw.example.org",
         "example.org",
         [this](const fs::path& file, const std::function<void(Result<>)>& done) {
             EXPECT_TRUE(fs::is_regular_file(file));
             if (is_disk_full)
                 return done(Error(make_error_code(boost::system::errc::no_space_on_device)));
             if (!is_disk_slow) return done({});
             synced = [done] { done({}); };
         }}};
};

TEST_F(Uploads, are_kept_where_media_are_served) {
    const auto slot = reserve("picture.jpg", 5, "image/jpeg");
    ASSERT_TRUE(slot);
    EXPECT_TRUE(slot->put_url.starts_with("https://gw.example.org/upload/"));
    EXPECT_TRUE(slot->get_url.starts_with("https://gw.example.org/media/"));
    EXPECT_TRUE(slot->get_url.ends_with("/picture.jpg"));
    EXPECT_EQ(put(slot->put_url, "hello", "image/jpeg"), 201);
    EXPECT_EQ(kept(slot->get_url), "hello");
    const auto exported = world.read(store::ExportUser{"", "alice@example.org"});
    EXPECT_EQ(exported.records.size(), 1U) << "account export lists it";
}

TEST_F(Uploads, have_links_that_nobody_can_guess_or_turn_around) {
    const auto one = reserve("a.jpg", 5), two = reserve("a.jpg", 5);
    EXPECT_NE(one->put_url, two->put_url);
    EXPECT_NE(one->get_url, two->get_url);
    std::string turned = one->get_url;
    turned.replace(turned.find("/media/"), 7, "/upload/");
    EXPECT_EQ(put(turned, "hello"), 404) << "who may see a file cannot replace it";
    EXPECT_EQ(put("https://gw.example.org/upload/", "hello"), 404);
    EXPECT_EQ(put("https://gw.example.org/upload/../etc/passwd", "hello"), 404);
}

TEST_F(Uploads, must_be_what_was_announced) {
    const auto slot = reserve("a.jpg", 5, "image/jpeg");
    EXPECT_EQ(refusal(head(slot->put_url, std::nullopt)), 411);
    EXPECT_EQ(put(slot->put_url, "longer than that"), 413);
    EXPECT_EQ(put(slot->put_url, "shrt"), 400);
    EXPECT_EQ(put(slot->put_url, "hello", "text/html"), 415);
    EXPECT_EQ(files(), 0U);
    EXPECT_EQ(put(slot->put_url, "hello", "Image/JPEG; charset=x"), 201);
}

TEST_F(Uploads, are_bounded_while_they_come) {
    const auto slot = reserve("a.bin", 5);
    auto decided = uploads.receive(head(slot->put_url, 5));
    auto& receiver = std::get<std::unique_ptr<net::BodyReceiver>>(decided);
    EXPECT_FALSE(receiver->take("hello"));
    EXPECT_EQ(receiver->take("!").value().status, 413);
}

TEST_F(Uploads, happen_once) {
    const auto slot = reserve("a.jpg", 5);
    EXPECT_EQ(put(slot->put_url, "hello"), 201);
    EXPECT_EQ(put(slot->put_url, "other"), 404);
    EXPECT_EQ(kept(slot->get_url), "hello");
}

TEST_F(Uploads, that_break_off_leave_nothing_and_may_be_tried_again) {
    const auto slot = reserve("a.jpg", 5);
    {
        auto decided = uploads.receive(head(slot->put_url, 5));
        auto& receiver = std::get<std::unique_ptr<net::BodyReceiver>>(decided);
        EXPECT_FALSE(receiver->take("hel"));
        EXPECT_EQ(refusal(head(slot->put_url, 5)), 409) << "not two at a time";
    }
    EXPECT_EQ(files(), 0U);
    EXPECT_EQ(put(slot->put_url, "hello"), 201);
}

TEST_F(Uploads, are_answered_when_they_are_recorded) {
    const auto slot = reserve("a.jpg", 5);
    world.store.is_slow = true;
    EXPECT_EQ(put(slot->put_url, "hello"), 0);
    EXPECT_EQ(refusal(head(slot->put_url, 5)), 409) << "not two at a time";
    world.store.let_go();
    world.settle();
    EXPECT_EQ(status, 201);
    EXPECT_EQ(put(slot->put_url, "other"), 404);
}

TEST_F(Uploads, are_recorded_when_their_bytes_are_on_the_disk) {
    const auto slot = reserve("a.jpg", 5);
    is_disk_slow = true;
    EXPECT_EQ(put(slot->put_url, "hello"), 0);
    EXPECT_TRUE(world.read(store::ExportUser{"", "alice@example.org"}).records.empty());
    EXPECT_EQ(refusal(head(slot->put_url, 5)), 409) << "not two at a time";
    synced();
    world.settle();
    EXPECT_EQ(status, 201);
    EXPECT_EQ(world.read(store::ExportUser{"", "alice@example.org"}).records.size(), 1U);
}

TEST_F(Uploads, that_do_not_reach_the_disk_leave_nothing_and_may_be_tried_again) {
    const auto slot = reserve("a.jpg", 5);
    is_disk_full = true;
    EXPECT_EQ(put(slot->put_url, "hello"), 507);
    EXPECT_EQ(files(), 0U);
    EXPECT_TRUE(world.read(store::ExportUser{"", "alice@example.org"}).records.empty());
    is_disk_full = false;
    EXPECT_EQ(put(slot->put_url, "hello"), 201);
    EXPECT_EQ(kept(slot->get_url), "hello");
}

TEST_F(Uploads, that_reach_the_disk_when_their_account_is_removed_go_too) {
    const auto slot = reserve("a.jpg", 5);
    is_disk_slow = true;
    EXPECT_EQ(put(slot->put_url, "hello"), 0);
    uploads.forget(jid("alice@example.org"), {});
    synced();
    world.settle();
    EXPECT_EQ(status, 404);
    EXPECT_EQ(files(), 0U);
    EXPECT_TRUE(world.read(store::ExportUser{"", "alice@example.org"}).records.empty());
}

TEST_F(Uploads, that_cannot_be_recorded_leave_nothing_and_may_be_tried_again) {
    const auto slot = reserve("a.jpg", 5);
    world.store.is_full = true;
    EXPECT_EQ(put(slot->put_url, "hello"), 500);
    EXPECT_EQ(files(), 0U);
    world.store.is_full = false;
    EXPECT_EQ(put(slot->put_url, "hello"), 201);
    EXPECT_EQ(kept(slot->get_url), "hello");
}

TEST_F(Uploads, that_are_coming_when_their_account_is_removed_go_too) {
    const auto slot = reserve("a.jpg", 5);
    auto decided = uploads.receive(head(slot->put_url, 5));
    auto& receiver = std::get<std::unique_ptr<net::BodyReceiver>>(decided);
    EXPECT_FALSE(receiver->take("hello"));
    uploads.forget(jid("alice@example.org"), {});
    receiver->finish([this](const port::HttpResponse& said) { status = said.status; });
    receiver.reset();
    world.settle();
    EXPECT_EQ(status, 404);
    EXPECT_EQ(files(), 0U);
    EXPECT_TRUE(world.read(store::ExportUser{"", "alice@example.org"}).records.empty());
}

TEST_F(Uploads, that_are_being_recorded_when_their_account_is_removed_go_too) {
    const auto slot = reserve("a.jpg", 5);
    world.store.is_slow = true;
    EXPECT_EQ(put(slot->put_url, "hello"), 0);
    uploads.forget(jid("alice@example.org"), {});
    world.store.is_slow = false;
    world.store.let_go();
    world.settle();
    EXPECT_EQ(status, 404);
    EXPECT_EQ(files(), 0U);
    EXPECT_TRUE(world.read(store::ExportUser{"", "alice@example.org"}).records.empty());
}

TEST_F(Uploads, wait_for_a_while_only) {
    const auto slot = reserve("a.jpg", 5);
    world.advance(UploadStore::slot_life + 1s);
    EXPECT_EQ(put(slot->put_url, "hello"), 404);
}

TEST_F(Uploads, are_so_many_of_one_user_at_a_time) {
    for (std::size_t i = 0; i < UploadStore::most_slots; ++i) EXPECT_TRUE(reserve("a.jpg", 5)) << i;
    const auto refused = reserve("a.jpg", 5);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().condition, xmpp::Condition::resource_constraint);
    EXPECT_EQ(refused.error().type, xmpp::ErrorType::wait);
    EXPECT_TRUE(reserve("a.jpg", 5, "", "bob@example.org"));
}

TEST_F(Uploads, have_a_quota_over_what_is_kept_and_what_is_promised) {
    for (std::uint64_t i = 0; i < UploadStore::quota_files; ++i) {
        const auto slot = reserve("a.bin", 1'000);
        ASSERT_TRUE(slot) << i;
        ASSERT_EQ(put(slot->put_url, std::string(1'000, 'x')), 201);
    }
    EXPECT_FALSE(reserve("a.bin", 1));
    EXPECT_TRUE(reserve("a.bin", 1, "", "bob@example.org"));
}

TEST_F(Uploads, of_a_removed_account_go) {
    const auto slot = reserve("a.jpg", 5), waiting = reserve("b.jpg", 5);
    put(slot->put_url, "hello");
    const std::vector<std::string> records{
        media_record_key("alice@example.org", token_of(slot->get_url)), "alice@example.org/note"};
    uploads.forget(jid("alice@example.org"), records);
    world.settle();
    EXPECT_EQ(files(), 0U);
    EXPECT_EQ(put(waiting->put_url, "hello"), 404);
}

TEST_F(Uploads, may_come_from_web_clients) {
    const auto slot = reserve("a.jpg", 5);
    port::HttpRequest request = head(slot->put_url, std::nullopt);
    request.method = "OPTIONS";
    auto decided = uploads.receive(request);
    const auto& answer = std::get<port::HttpResponse>(decided);
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(port::header(answer.headers, "Access-Control-Allow-Methods"), "PUT");
    EXPECT_EQ(port::header(answer.headers, "Access-Control-Allow-Origin"), "*");
}

TEST(SafeFileNames, keep_the_ending_and_nothing_dangerous) {
    EXPECT_EQ(safe_file_name("très cool.jpg", "image/jpeg"), "tr_s_cool.jpg");
    EXPECT_EQ(safe_file_name("../../etc/passwd", ""), "passwd");
    EXPECT_EQ(safe_file_name("C:\\My Files\\a.pdf", ""), "a.pdf");
    EXPECT_EQ(safe_file_name("..", ""), "file");
    EXPECT_EQ(safe_file_name(".part", ""), "part");
    EXPECT_EQ(safe_file_name("picture", "image/png"), "picture.png");
    EXPECT_EQ(safe_file_name("page.html", "text/html"), "page.html");
    EXPECT_EQ(safe_file_name(std::string(300, 'a') + ".png", "").size(), 96U);
    EXPECT_TRUE(safe_file_name(std::string(300, 'a') + ".png", "").ends_with(".png"));
}

}  // namespace
}  // namespace sallyport::app
