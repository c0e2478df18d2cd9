// SPDX-License-Identifier: Apache-2.0
// Who gets a message: RFC 6121 §8.5 (Table 1), each cell with each type, over the whole hub.
#include "gateway/server/matrix.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/server/hub_world.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

/// One cell: what bob has, where the message goes, its type, and what must become of it:
/// D(elivered to the named one), A(ll that take messages), B(est of them), K(ept), E(rror),
/// S(ilence).
struct Cell {
    const char* has;  ///< priorities of bob's resources, "" = none, "?" = no account
    const char* to;
    const char* type;
    char fate;
};

std::string title(const testing::TestParamInfo<Cell>& info) {
    static const std::map<std::string, std::string> words{
        {"?", "nobody"}, {"", "none"}, {"-1", "negative"}, {"5", "one"}, {"1,5,-1,5", "many"}};
    const std::string to = info.param.to;
    const std::string aim = to.find('/') == std::string::npos ? "bare"
                            : to.ends_with("/r0")             ? "match"
                                                              : "no_match";
    return words.at(info.param.has) + '_' + aim + '_' + info.param.type;
}

/// "1,5,-1" as numbers; none of "" and "?".
std::vector<int> numbers(std::string_view list) {
    std::vector<int> found;
    if (list == "?") return found;
    for (std::size_t at = 0; at < list.size();) {
        const auto comma = std::min(list.find(',', at), list.size());
        found.push_back(std::stoi(std::string(list.substr(at, comma - at))));
        at = comma + 1;
    }
    return found;
}

/// Which of the resources with these priorities get a message of this fate: 'y' or '-' each.
std::string takers(const std::vector<int>& priorities, char fate) {
    std::string marks;
    for (std::size_t i = 0; i < priorities.size(); ++i) {
        const bool is_all = fate == 'A' && priorities[i] >= 0;
        const bool is_best = fate == 'B' && priorities[i] == 5;
        marks += is_all || is_best || (fate == 'D' && i == 0) ? 'y' : '-';
    }
    return marks;
}

struct Table1 : testing::TestWithParam<Cell> {
    HubWorld world;
    Keeper keeper;
    std::vector<int> priorities = numbers(GetParam().has);
    std::vector<std::unique_ptr<FakeClient>> bob;
    std::unique_ptr<FakeClient> alice_phone;

    void SetUp() override {
        world.hub.services().add(keeper);
        for (const int priority : priorities)
            bob.push_back(world.log_in("bob", "r" + std::to_string(bob.size()), priority));
        alice_phone = world.log_in("alice", "phone");
        for (auto& client : bob) client->take();
    }
    bool has_account() const { return std::string_view(GetParam().has) != "?"; }
};

TEST_P(Table1, decides) {
    const Cell& cell = GetParam();
    const std::string to = has_account() ? cell.to : "nobody" + std::string(cell.to).substr(3);
    world.send(
        *alice_phone,
        "<message type='" + std::string(cell.type) + "' id='m' to='" + to +
            "'><body>hi</body></message>"
    );
    std::string took;
    for (const auto& client : bob) {
        took += client->got.empty() ? '-' : 'y';
        for (const auto& got : client->got) {
            EXPECT_EQ(got.to().str(), cell.to);  // §8.5.2.1.1: never rewritten
            EXPECT_EQ(got.from().str(), "alice@example.org/phone");
        }
    }
    EXPECT_EQ(took, takers(priorities, cell.fate));
    EXPECT_EQ(keeper.kept.size(), cell.fate == 'K' && has_account() ? 1U : 0U);
    EXPECT_EQ(
        conditions(alice_phone->got), cell.fate == 'E' ? Lines{"service-unavailable"} : Lines{}
    );
}

constexpr const char* bare = "bob@example.org";
constexpr const char* match = "bob@example.org/r0";
constexpr const char* other = "bob@example.org/gone";

INSTANTIATE_TEST_SUITE_P(
    NoAccount,
    Table1,
    testing::Values(
        Cell{"?", bare, "normal", 'K'},
        Cell{"?", bare, "chat", 'K'},
        Cell{"?", bare, "groupchat", 'E'},
        Cell{"?", bare, "headline", 'S'},
        Cell{"?", bare, "error", 'S'},
        Cell{"?", other, "normal", 'E'},
        Cell{"?", other, "chat", 'K'},
        Cell{"?", other, "groupchat", 'E'},
        Cell{"?", other, "headline", 'S'},
        Cell{"?", other, "error", 'S'}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    NoResource,
    Table1,
    testing::Values(
        Cell{"", bare, "normal", 'K'},
        Cell{"", bare, "chat", 'K'},
        Cell{"", bare, "groupchat", 'E'},
        Cell{"", bare, "headline", 'S'},
        Cell{"", bare, "error", 'S'},
        Cell{"", other, "normal", 'E'},
        Cell{"", other, "chat", 'K'},
        Cell{"", other, "groupchat", 'E'},
        Cell{"", other, "headline", 'S'},
        Cell{"", other, "error", 'S'}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Negative,
    Table1,
    testing::Values(
        Cell{"-1", bare, "normal", 'K'},
        Cell{"-1", bare, "chat", 'K'},
        Cell{"-1", bare, "groupchat", 'E'},
        Cell{"-1", bare, "headline", 'S'},
        Cell{"-1", bare, "error", 'S'},
        Cell{"-1", match, "normal", 'D'},
        Cell{"-1", match, "chat", 'D'},
        Cell{"-1", match, "groupchat", 'D'},
        Cell{"-1", match, "headline", 'D'},
        Cell{"-1", match, "error", 'D'},
        Cell{"-1", other, "normal", 'E'},
        Cell{"-1", other, "chat", 'K'},
        Cell{"-1", other, "groupchat", 'E'},
        Cell{"-1", other, "headline", 'S'},
        Cell{"-1", other, "error", 'S'}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    One,
    Table1,
    testing::Values(
        Cell{"5", bare, "normal", 'B'},
        Cell{"5", bare, "chat", 'B'},
        Cell{"5", bare, "groupchat", 'E'},
        Cell{"5", bare, "headline", 'A'},
        Cell{"5", bare, "error", 'S'},
        Cell{"5", match, "normal", 'D'},
        Cell{"5", match, "chat", 'D'},
        Cell{"5", match, "groupchat", 'D'},
        Cell{"5", match, "headline", 'D'},
        Cell{"5", match, "error", 'D'},
        Cell{"5", other, "normal", 'E'},
        Cell{"5", other, "chat", 'B'},
        Cell{"5", other, "groupchat", 'E'},
        Cell{"5", other, "headline", 'S'},
        Cell{"5", other, "error", 'S'}
    ),
    title
);
INSTANTIATE_TEST_SUITE_P(
    Many,
    Table1,
    testing::Values(
        Cell{"1,5,-1,5", bare, "normal", 'B'},
        Cell{"1,5,-1,5", bare, "chat", 'B'},
        Cell{"1,5,-1,5", bare, "groupchat", 'E'},
        Cell{"1,5,-1,5", bare, "headline", 'A'},
        Cell{"1,5,-1,5", bare, "error", 'S'},
        Cell{"1,5,-1,5", match, "normal", 'D'},
        Cell{"1,5,-1,5", match, "chat", 'D'},
        Cell{"1,5,-1,5", match, "groupchat", 'D'},
        Cell{"1,5,-1,5", match, "headline", 'D'},
        Cell{"1,5,-1,5", match, "error", 'D'},
        Cell{"1,5,-1,5", other, "normal", 'E'},
        Cell{"1,5,-1,5", other, "chat", 'B'},
        Cell{"1,5,-1,5", other, "groupchat", 'E'},
        Cell{"1,5,-1,5", other, "headline", 'S'},
        Cell{"1,5,-1,5", other, "error", 'S'}
    ),
    title
);

}  // namespace
}  // namespace sallyport::test
