// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_client.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <curl/curl.h>
#include <unistd.h>

#include "gateway/net/curl_loop.hpp"
#include "gateway/net/curl_transfer.hpp"

namespace sallyport::net {
namespace {

void initialise_curl_once() {
    static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(done);
}

/// A provider that answers at once is served best by few connections, for libcurl walks past those
/// in use to find a free one: more are opened when a request has waited for so long. A full queue
/// before a quick provider waits for this processor, not for a connection, and passes in less.
constexpr std::size_t few_connections = 64;
constexpr std::chrono::milliseconds patience{50};

class CurlClient final : public HttpClient {
  public:
    CurlClient(boost::asio::any_io_executor executor, std::size_t connections);
    ~CurlClient() override;

    void request(port::HttpRequest request, port::HttpDone done) override;
    std::size_t running() const override { return running_; }

  private:
    struct Waiting {
        port::HttpRequest request;
        port::HttpDone done;
        std::chrono::steady_clock::time_point since;
    };
    std::unique_ptr<CurlTransfer> take_transfer();
    void begin(port::HttpRequest request, port::HttpDone done);
    void begin_next();
    void begin_late();
    void add(CurlTransfer& transfer);
    void act(int socket, int events);
    void collect();
    void finish(CURL* easy, CURLcode code);

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
    static int on_timer(CURLM*, long milliseconds, void* self);
    static int on_close_socket(void* self, curl_socket_t socket);

    boost::asio::any_io_executor executor_;
    std::size_t connections_;
    std::size_t wanted_;  ///< requests at a time, between few_connections and connections_
    CurlLoop loop_;
    std::unordered_set<int>
        opened_;  ///< connections; other descriptors are libcurl's own (its resolver's)
    CURLM* multi_;
    std::unordered_set<CurlTransfer*> active_;
    std::deque<Waiting> waiting_;  ///< for one of `connections_` to be free
    std::vector<std::unique_ptr<CurlTransfer>> idle_;
    std::size_t running_ = 0;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  ///< watched by what was posted and by collect()
};

CurlClient::CurlClient(boost::asio::any_io_executor executor, std::size_t connections)
    : executor_(executor),
      connections_(connections),
      wanted_(std::min(connections, few_connections)),
      loop_(
          executor,
          [this](int socket, CurlLoop::Ready ready) {
              const int events = (ready.readable ? CURL_CSELECT_IN : 0) |
                                 (ready.writable ? CURL_CSELECT_OUT : 0) |
                                 (ready.failed ? CURL_CSELECT_ERR : 0);
              act(socket, events);
          },
          [this] {
              begin_late();
              act(CURL_SOCKET_TIMEOUT, 0);
          }
      ) {
    initialise_curl_once();
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlClient::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlClient::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(connections));
}

CurlClient::~CurlClient() {
    alive_.reset();
    for (CurlTransfer* transfer : active_) {
        curl_multi_remove_handle(multi_, transfer->handle());
        delete transfer;
    }
    idle_.clear();
    curl_multi_cleanup(multi_);
}

std::unique_ptr<CurlTransfer> CurlClient::take_transfer() {
    if (!idle_.empty()) {
        auto transfer = std::move(idle_.back());
        idle_.pop_back();
        return transfer;
    }
    auto transfer = std::make_unique<CurlTransfer>(opened_);
    curl_easy_setopt(transfer->handle(), CURLOPT_CLOSESOCKETFUNCTION, &CurlClient::on_close_socket);
    curl_easy_setopt(transfer->handle(), CURLOPT_CLOSESOCKETDATA, this);
    return transfer;
}

void CurlClient::request(port::HttpRequest request, port::HttpDone done) {
    if (auto refusal = CurlTransfer::refusal(request)) {
        port::HttpResult result;
        result.failure = std::move(refusal);
        boost::asio::post(executor_, [done = std::move(done), result = std::move(result)] {
            done(result);
        });
        return;
    }
    ++running_;
    if (running_ == 1) loop_.set_ticking(true);
    // libcurl would keep those that find no connection in a list of its own, and walk through that
    // list at the end of every request.
    if (active_.size() < wanted_) return begin(std::move(request), std::move(done));
    waiting_.push_back({std::move(request), std::move(done), std::chrono::steady_clock::now()});
    begin_late();
}

void CurlClient::begin(port::HttpRequest request, port::HttpDone done) {
    auto transfer = take_transfer();
    transfer->prepare(std::move(request), std::move(done));
    active_.insert(transfer.get());
    add(*transfer.release());  // owned by active_ from here on
}

/// Those that have waited for too long: so many more connections are wanted.
void CurlClient::begin_late() {
    if (waiting_.empty()) return;
    const auto latest = std::chrono::steady_clock::now() - patience;
    while (!waiting_.empty() && waiting_.front().since < latest && active_.size() < connections_) {
        wanted_ = std::max(wanted_, active_.size() + 1);
        begin_next();
    }
}

void CurlClient::begin_next() {
    if (waiting_.empty()) {
        // Far more than are in use: the provider has become faster, or has less to do.
        const std::size_t least = std::min(connections_, few_connections);
        if (active_.size() < wanted_ / 2) wanted_ = std::max(least, wanted_ - 1);
        return;
    }
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(next.request), std::move(next.done));
}

/// libcurl only asks for a timer of 0 here, so nothing runs within the caller.
void CurlClient::add(CurlTransfer& transfer) {
    curl_multi_add_handle(multi_, transfer.handle());
}

void CurlClient::act(int socket, int events) {
    int still_running = 0;
    curl_multi_socket_action(multi_, socket, events, &still_running);
    collect();
}

void CurlClient::collect() {
    const std::weak_ptr<bool> alive = alive_;
    int left = 0;
    while (!alive.expired()) {
        const CURLMsg* const message = curl_multi_info_read(multi_, &left);
        if (message == nullptr) return;
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
}

void CurlClient::finish(CURL* easy, CURLcode code) {
    char* owner = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    auto* const transfer = reinterpret_cast<CurlTransfer*>(owner);
    curl_multi_remove_handle(multi_, easy);
    if (code == CURLE_OK && transfer->prepare_redirect()) {
        add(*transfer);
        return;
    }
    const port::HttpDone done = transfer->take_done();
    port::HttpResult result = transfer->result(code);
    active_.erase(transfer);
    if (idle_.size() < connections_)
        idle_.emplace_back(transfer);
    else
        delete transfer;
    --running_;
    if (running_ == 0) loop_.set_ticking(false);
    begin_next();
    done(std::move(result));
}

int CurlClient::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    auto& client = *static_cast<CurlClient*>(self);
    if (what != CURL_POLL_REMOVE) {
        client.loop_.watch(socket, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
        return 0;
    }
    // Connections stay known until on_close_socket; its own descriptors libcurl closes without a
    // word.
    if (client.opened_.contains(socket))
        client.loop_.unwatch(socket);
    else
        client.loop_.forget(socket);
    return 0;
}

int CurlClient::on_timer(CURLM*, long milliseconds, void* self) {
    if (milliseconds == 0) static_cast<CurlClient*>(self)->loop_.wake_now();
    return 0;
}

int CurlClient::on_close_socket(void* self, curl_socket_t socket) {
    auto& client = *static_cast<CurlClient*>(self);
    client.loop_.forget(socket);
    client.opened_.erase(socket);
    return ::close(socket);
}

}  // namespace

std::unique_ptr<HttpClient> make_http_client(
    boost::asio::any_io_executor executor, std::size_t connections
) {
    return std::make_unique<CurlClient>(std::move(executor), connections);
}

boost::asio::awaitable<port::HttpResult> fetch(HttpClient& client, port::HttpRequest request) {
    auto initiate = [&client, &request](auto handler) {
        // std::function wants copies; a coroutine's handler has none.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        client.request(std::move(request), [shared](port::HttpResult result) {
            std::move (*shared)(std::move(result));
        });
    };
    auto pending =
        boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(port::HttpResult)>(
            std::move(initiate), boost::asio::use_awaitable
        );
    port::HttpResult result = co_await std::move(pending);
    co_return result;
}

}  // namespace sallyport::net
