// SPDX-License-Identifier: Apache-2.0
#include "tests/support/play.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <fstream>

#include <gtest/gtest.h>

#include "xmpp/core/text.hpp"

namespace sallyport::test {
namespace {

struct Step {
    std::string verb;  // "S", "C", "E", "X", "A", "T", "EOF"
    std::string text;
    int line = 0;
};

constexpr std::string_view hole = "{any}";

std::size_t parse_number(std::string_view digits) {
    std::size_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

// Replaces {repeat N text}, whose text has no brace.
std::string expand_repeats(std::string_view text) {
    constexpr std::string_view opening = "{repeat ";
    std::string out;
    for (std::size_t at = text.find(opening); at != text.npos; at = text.find(opening)) {
        out += text.substr(0, at);
        text.remove_prefix(at + opening.size());
        std::size_t space = text.find(' '), end = text.find('}');
        std::string_view unit = text.substr(space + 1, end - space - 1);
        for (std::size_t i = parse_number(text.substr(0, space)); i > 0; --i) out += unit;
        text.remove_prefix(end + 1);
    }
    return out.append(text);
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        char c = text[++i];
        if (c == 'x') {
            out += hex_decode(text.substr(i + 1, 2)).value();
            i += 2;
        } else {
            out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
    }
    return out;
}

std::vector<Step> read_steps(const std::filesystem::path& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::vector<Step> steps;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (trim(line).empty() || line.front() == '#') continue;
        if (line.front() == ' ' && !steps.empty()) {
            steps.back().text += trim(line);
            continue;
        }
        std::size_t colon = line.find(':');
        std::string_view text =
            colon == line.npos ? std::string_view{} : std::string_view(line).substr(colon + 1);
        if (text.starts_with(' ')) text.remove_prefix(1);
        steps.push_back({line.substr(0, colon), std::string(text), number});
    }
    for (Step& step : steps) {
        bool bytes = step.verb == "S" || step.verb == "C";
        if (bytes) step.text = unescape(expand_repeats(step.text));
    }
    return steps;
}

std::chrono::milliseconds parse_time(std::string_view text) {
    auto number = static_cast<long>(parse_number(text));
    return text.ends_with("ms") ? std::chrono::milliseconds(number) : std::chrono::seconds(number);
}

// One performance: the machine, and what it said that no step has expected yet.
class Performance {
  public:
    Performance(std::filesystem::path path, const MakeMachine& make, bool bytewise)
        : path_(std::move(path)), machine_(make()), bytewise_(bytewise) {
        machine_->start(now_);
        collect();
    }

    void perform(const Step& step) {
        if (step.verb != "C") expect_all_said(step.line);
        if (step.verb == "C")
            expected_ += step.text;
        else if (step.verb == "E")
            expect_one(told_, step, "event");
        else if (step.verb == "X")
            expect_one(closed_, step, "close");
        else
            act(step);
    }

    void finish(int line) {
        expect_all_said(line);
        expect_nothing(line);
    }

    // The connection breaks: the machine closes once, if it has not, and says nothing more whatever
    // happens.
    void cut(int line) {
        bool was_closed = closes_ > 0;
        machine_->closed(now_);
        collect();
        EXPECT_EQ(closes_, 1) << where(line) << "after the link was cut"
                              << (was_closed ? " behind the end" : "");
        forget();
        machine_->feed("<message/>", now_);
        machine_->tick(now_ + std::chrono::hours(1));
        machine_->closed(now_);
        collect();
        EXPECT_TRUE(said_.empty() && told_.empty() && closed_.empty())
            << where(line) << "not silent after its end";
    }

    void play_quietly(const Step& step) {
        if (step.verb != "C" && step.verb != "E" && step.verb != "X") act(step);
        forget();
    }

  private:
    void act(const Step& step) {
        expect_nothing(step.line);
        if (step.verb == "S")
            feed(step.text);
        else if (step.verb == "EOF")
            machine_->closed(now_);
        else if (step.verb == "T")
            machine_->tick(now_ += parse_time(step.text));
        else if (step.verb == "A")
            command(step);
        else
            ADD_FAILURE() << where(step.line) << "no such step: " << step.verb;
        collect();
    }

    void feed(std::string_view bytes) {
        if (!bytewise_) return machine_->feed(bytes, now_);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            machine_->feed(bytes.substr(i, 1), now_);
            collect();
        }
    }

    void command(const Step& step) {
        if (auto event = machine_->act(step.text, now_)) told_.push_back(*event);
    }

    void collect() {
        while (auto output = machine_->poll()) {
            EXPECT_EQ(closes_, 0) << path_ << ": it speaks after Close";
            if (auto* said = std::get_if<Said>(&*output))
                said_ += said->bytes;
            else if (auto* told = std::get_if<Told>(&*output))
                told_.push_back(told->event);
            else {
                closed_.push_back(std::get<ClosedWith>(*output).reason);
                ++closes_;
            }
        }
    }

    void expect_all_said(int line) {
        if (expected_.empty()) return;
        EXPECT_TRUE(matches(said_, expected_))
            << where(line) << "it sent\n  " << said_ << "\nand not\n  " << expected_;
        said_.clear();
        expected_.clear();
    }

    void expect_one(std::deque<std::string>& queue, const Step& step, std::string_view what) {
        ASSERT_FALSE(queue.empty())
            << where(step.line) << "no " << what << ", expected " << step.text;
        EXPECT_TRUE(matches(queue.front(), step.text))
            << where(step.line) << what << " was\n  " << queue.front() << "\nand not\n  "
            << step.text;
        queue.pop_front();
    }

    void expect_nothing(int line) {
        EXPECT_EQ(said_, "") << where(line) << "unexpected bytes";
        EXPECT_TRUE(told_.empty()) << where(line) << "unexpected event " << told_.front();
        EXPECT_TRUE(closed_.empty()) << where(line) << "unexpected close " << closed_.front();
        forget();
    }

    void forget() {
        said_.clear();
        told_.clear();
        closed_.clear();
    }

    std::string where(int line) const {
        return path_.string() + ":" + std::to_string(line) +
               (bytewise_ ? " (byte by byte): " : ": ");
    }

    std::filesystem::path path_;
    std::unique_ptr<PlayedMachine> machine_;
    bool bytewise_;
    TimePoint now_{};
    std::string said_;
    std::string expected_;
    std::deque<std::string> told_;
    std::deque<std::string> closed_;
    int closes_ = 0;
};

void play_whole(
    const std::filesystem::path& path,
    const std::vector<Step>& steps,
    const MakeMachine& make,
    bool bytewise
) {
    Performance performance(path, make, bytewise);
    for (const Step& step : steps) performance.perform(step);
    performance.finish(steps.empty() ? 0 : steps.back().line);
}

void play_cut(
    const std::filesystem::path& path, const std::vector<Step>& steps, const MakeMachine& make
) {
    for (std::size_t before = 0; before <= steps.size(); ++before) {
        Performance performance(path, make, false);
        performance.play_quietly({"C", "", 0});
        for (std::size_t i = 0; i < before; ++i) performance.play_quietly(steps[i]);
        performance.cut(before < steps.size() ? steps[before].line : steps.back().line);
    }
}

}  // namespace

bool matches(std::string_view text, std::string_view pattern) {
    std::size_t at = pattern.find(hole);
    if (at == pattern.npos) return text == pattern;
    if (!text.starts_with(pattern.substr(0, at))) return false;
    text.remove_prefix(at);
    pattern.remove_prefix(at + hole.size());
    for (std::size_t skip = 0; skip <= text.size(); ++skip)
        if (matches(text.substr(skip), pattern)) return true;
    return false;
}

void play(const std::filesystem::path& transcript, const MakeMachine& make) {
    std::vector<Step> steps = read_steps(transcript);
    ASSERT_FALSE(steps.empty()) << transcript;
    play_whole(transcript, steps, make, false);
    play_whole(transcript, steps, make, true);
    play_cut(transcript, steps, make);
}

std::vector<std::filesystem::path> transcripts(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".txt") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

std::string peer_bytes(const std::filesystem::path& transcript) {
    std::string bytes;
    for (const Step& step : read_steps(transcript))
        if (step.verb == "S") bytes += step.text;
    return bytes;
}

}  // namespace sallyport::test
