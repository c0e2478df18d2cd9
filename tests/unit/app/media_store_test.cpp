// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/media_store.hpp"

#include <deque>
#include <fstream>
#include <functional>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "gateway/app/user_rows.hpp"
#include "tests/support/core_world.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
using core::MediaResult;
using port::HttpFailure;
using port::HttpResponse;
using test::read_all;
using test::TempFolder;

/// Answers with what the test laid ready, one after another; the last stays.
class FakeHttp final : public net::HttpClient {
  public:
    void request(port::HttpRequest request, port::HttpDone done) override {
        asked.push_back(std::move(request));
        waiting_.push_back(std::move(done));
    }
    std::size_t running() const override { return waiting_.size(); }

    bool answer_one() {
        if (waiting_.empty()) return false;
        auto done = std::move(waiting_.front());
        waiting_.pop_front();
        const port::HttpResult result = answers.front();
        if (answers.size() > 1) answers.pop_front();
        done(result);
        return true;
    }
    void will_answer(HttpResponse response) {
        answers.push_back({std::move(response), std::nullopt});
    }
    void will_fail(HttpFailure::Kind kind, std::string text) {
        answers.push_back({std::nullopt, HttpFailure(kind, std::move(text))});
    }

    std::deque<port::HttpResult> answers;
    std::vector<port::HttpRequest> asked;

  private:
    std::deque<port::HttpDone> waiting_;
};

struct Gallery : testing::Test {
    Gallery() { fs::create_directory(folder.path() / "media"); }

    std::optional<MediaResult> copy_in() {
        std::optional<MediaResult> copied;
        store.copy_in(
            world.domain,
            "+15550001111",
            port::Attachment("https://media.example/1"),
            [&](MediaResult result) { copied = std::move(result); }
        );
        turn();
        return copied;
    }
    std::optional<MediaResult> check_out(const std::string& url) {
        std::optional<MediaResult> checked;
        store.check_out(url, [&](MediaResult result) { checked = std::move(result); });
        turn();
        return checked;
    }
    /// Lets answers come and the pauses between attempts pass.
    void turn() {
        for (int i = 0; i < 8; ++i) {
            while (http.answer_one()) {
            }
            world.advance(std::chrono::seconds(3));
        }
    }
    int status_of(const std::string& path) const {
        const auto answer = store.serve(port::HttpRequest("GET", path));
        const auto* response = std::get_if<HttpResponse>(&answer);
        return response ? response->status : 200;
    }
    std::size_t files() const {
        const fs::directory_iterator begin(folder.path() / "media");
        return static_cast<std::size_t>(std::distance(begin, fs::directory_iterator()));
    }

    TempFolder folder;
    test::CoreWorld world;
    FakeHttp http;
    bool is_disk_full = false;
    MediaStore store{MediaStore::Tools{
        world.core->world(),
        http,
        folder.path() / "media",
        "https://gw.example.org",
        [this](const fs::path&, const std::function<void(Result<>)>& done) {
            is_disk_full ? done(Error("full")) : done({});
        }}};
};

TEST_F(Gallery, keeps_a_picture_and_serves_it) {
    http.will_answer(HttpResponse(200, "jpeg bytes", "image/jpeg; q=1"));
    const auto copied = copy_in();
    ASSERT_TRUE(copied && *copied);
    const std::string url = (*copied)->url;
    ASSERT_TRUE(url.starts_with("https://gw.example.org/media/") && url.ends_with("/file.jpg"))
        << url;
    const auto answer = store.serve(port::HttpRequest("GET", url.substr(22) + "?x=1"));
    const auto* file = std::get_if<net::FileAnswer>(&answer);
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(file->content_type, "image/jpeg");
    EXPECT_EQ(read_all(file->path), "jpeg bytes");
}

TEST_F(Gallery, remembers_whose_picture_it_is) {
    world.add_account("alice@example.org", "+15550001111");
    http.will_answer(HttpResponse(200, "jpeg bytes", "image/jpeg"));
    const std::string url = (**copy_in()).url;
    const std::string token = url.substr(29, url.rfind('/') - 29);
    const auto stored = world.read(store::ExportUser{"", "alice@example.org"});
    ASSERT_EQ(stored.records.size(), 1U);
    EXPECT_EQ(stored.records[0].first, media_record_key("alice@example.org", token));
    EXPECT_EQ(stored.records[0].second, "file.jpg");
}

TEST_F(Gallery, shows_no_picture_that_did_not_reach_the_disk) {
    world.add_account("alice@example.org", "+15550001111");
    is_disk_full = true;
    http.will_answer(HttpResponse(200, "jpeg bytes", "image/jpeg"));
    const auto copied = copy_in();
    ASSERT_TRUE(copied);
    EXPECT_FALSE(*copied);
    EXPECT_EQ(files(), 0U);
    EXPECT_TRUE(world.read(store::ExportUser{"", "alice@example.org"}).records.empty());
}

TEST(MakeDurable, brings_a_file_and_its_names_to_the_disk_beside_the_loop) {
    const TempFolder folder;
    const fs::path file = folder.path() / "token" / "file.jpg";
    fs::create_directory(file.parent_path());
    std::ofstream(file) << "a picture";
    boost::asio::io_context io;
    std::vector<bool> told;
    {
        net::Aside disk(io.get_executor());
        const MakeDurable make_durable = make_durable_beside(disk);
        auto tell = [&](const Result<>& synced) { told.push_back(synced.has_value()); };
        make_durable(file, tell);
        make_durable(folder.path() / "nothing" / "here.jpg", tell);
        EXPECT_TRUE(told.empty());
        const auto guard = boost::asio::make_work_guard(io);
        while (told.size() < 2) io.run_one_for(std::chrono::milliseconds(100));
        make_durable(file, tell);
    }
    io.restart();
    io.poll();
    EXPECT_EQ(told, (std::vector{true, false})) << "nobody is told after the end";
}

TEST_F(Gallery, gives_every_picture_a_name_that_cannot_be_guessed) {
    http.will_answer(HttpResponse(200, "a", "image/png"));
    const std::string first = (**copy_in()).url, second = (**copy_in()).url;
    EXPECT_NE(first, second);
    EXPECT_GE(first.size(), std::string("https://gw.example.org/media//file.png").size() + 22);
}

TEST_F(Gallery, tries_again_what_may_pass) {
    http.will_answer(HttpResponse(503));
    http.will_fail(HttpFailure::Kind::ambiguous, "timeout");
    http.will_answer(HttpResponse(200, "late", "image/png"));
    const auto copied = copy_in();
    ASSERT_TRUE(copied && *copied);
    EXPECT_EQ(http.asked.size(), 3U);
}

TEST_F(Gallery, gives_up_and_says_why) {
    http.will_answer(HttpResponse(503));
    auto copied = copy_in();
    ASSERT_TRUE(copied && !*copied);
    EXPECT_NE(copied->error().text.find("503"), std::string::npos);
    EXPECT_EQ(http.asked.size(), 3U);
    EXPECT_EQ(files(), 0U);
}

TEST_F(Gallery, does_not_ask_again_for_what_is_gone_or_forbidden) {
    http.will_answer(HttpResponse(404));
    EXPECT_FALSE(*copy_in());
    EXPECT_EQ(http.asked.size(), 1U);
    http.answers.clear();
    http.will_fail(HttpFailure::Kind::refused, "a private address");
    EXPECT_FALSE(*copy_in());
    EXPECT_EQ(http.asked.size(), 2U);
}

TEST_F(Gallery, asks_public_addresses_only_and_bounds_what_comes) {
    http.will_answer(HttpResponse(200, "a", "image/png"));
    copy_in();
    EXPECT_TRUE(http.asked[0].public_addresses_only);
    EXPECT_EQ(http.asked[0].max_body_bytes, world.config.media.max_bytes);
}

TEST_F(Gallery, serves_nothing_outside_its_folder) {
    folder.write("key", "secret");
    folder.write("media/abc/file.jpg", "x");
    folder.write("media/abc/.hidden", "x");
    EXPECT_EQ(status_of("/media/abc/file.jpg"), 200);
    for (const char* path :
         {"/media/../key",
          "/media/abc/../../key",
          "/media/abc/..",
          "/media/%2e%2e/key",
          "/media/abc/.hidden",
          "/media/abc/",
          "/media/abc",
          "/media//file.jpg",
          "/media/",
          "/",
          "",
          "/media/abc/file.jpg/",
          "/media/abc/file.png",
          "/media/abc\\..\\key/x"})
        EXPECT_EQ(status_of(path), 404) << path;
    EXPECT_EQ(status_of(std::string("/media/abc/file.jpg\0.png", 24)), 404);
}

TEST_F(Gallery, lets_pages_of_other_origins_get_files) {
    const auto answer = store.serve(port::HttpRequest("OPTIONS", "/media/abc/file.jpg"));
    const auto& response = std::get<HttpResponse>(answer);
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(port::header(response.headers, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(port::header(response.headers, "Access-Control-Allow-Methods"), "GET, HEAD");
}

TEST_F(Gallery, forgets_what_is_older_than_its_keep) {
    const fs::path old = folder.write("media/old/file.jpg", "x").parent_path();
    folder.write("media/new/file.jpg", "x");
    fs::last_write_time(
        old, fs::file_time_type::clock::now() - world.config.media.keep - std::chrono::hours(1)
    );
    EXPECT_EQ(store.prune(), 1U);
    EXPECT_EQ(status_of("/media/old/file.jpg"), 404);
    EXPECT_EQ(status_of("/media/new/file.jpg"), 200);
}

TEST_F(Gallery, passes_links_only_after_a_look) {
    HttpResponse fine(200, "", "image/png");
    fine.headers.emplace_back("Content-Length", "1000");
    http.will_answer(fine);
    const auto checked = check_out("https://upload.example.org/x.png");
    ASSERT_TRUE(checked && *checked);
    EXPECT_EQ((*checked)->media_type, "image/png");
    EXPECT_EQ((*checked)->size_bytes, 1000U);
    EXPECT_EQ(http.asked[0].method, "HEAD");
}

TEST_F(Gallery, refuses_links_that_are_plain_missing_or_too_large) {
    EXPECT_FALSE(*check_out("http://upload.example.org/x.png"));
    EXPECT_TRUE(http.asked.empty());
    http.will_answer(HttpResponse(404));
    EXPECT_FALSE(*check_out("https://upload.example.org/x.png"));
    HttpResponse large(200, "", "image/png");
    large.headers.emplace_back("Content-Length", std::to_string(world.config.media.max_bytes + 1));
    http.answers = {{large, std::nullopt}};
    const auto checked = check_out("https://upload.example.org/x.png");
    ASSERT_FALSE(*checked);
    EXPECT_NE(checked->error().text.find("MiB"), std::string::npos);
}

TEST_F(Gallery, cannot_keep_what_nobody_could_fetch) {
    MediaStore hidden{
        MediaStore::Tools{world.core->world(), http, folder.path() / "media", "", {}}};
    bool is_refused = false;
    hidden.copy_in(
        world.domain,
        "+15550001111",
        port::Attachment("https://media.example/1"),
        [&](MediaResult result) { is_refused = !result; }
    );
    EXPECT_TRUE(is_refused);
    EXPECT_TRUE(http.asked.empty());
}

}  // namespace
}  // namespace sallyport::app
