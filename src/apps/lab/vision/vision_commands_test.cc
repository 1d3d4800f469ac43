#include "apps/lab/vision/vision_commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "apps/lab/vision/picture_folder.h"
#include "science/vision/brand_networks.h"
#include "science/vision/net/test_backbone.h"
#include "science/vision/test_pictures.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

int run(const std::string& arguments, const std::string& backbone = "") {
  std::istringstream words(arguments);
  cli::Command app("");
  int exit_code = 0;
  add_vision_commands(app, backbone, exit_code);
  const int said = app.parse({std::istream_iterator<std::string>(words), {}});
  return said != 0 ? said : exit_code;
}

void save(const fs::path& path, vision::testing::Picture made) {
  ASSERT_TRUE(write_picture(path.string(), {made.width, made.height, std::move(made.bgr)}));
}

std::vector<std::string> lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

// A small brand, fitted once: twelve clean frames, crops of two classes.
class VisionCommands : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / "beltwarden_vision_commands_test";
    fs::remove_all(folder_);
    for (const char* part : {"clean", "crops", "frames", "sequence"}) fs::create_directories(folder_ / part);
    for (std::uint64_t i = 0; i < 12; ++i) {
      save(folder_ / "clean" / ("c" + std::to_string(10 + i) + ".png"), vision::testing::ore(160, 160, 10, i));
    }
    std::ofstream labels(folder_ / "crops" / "labels.csv");
    labels << "crop,class,set\n";
    for (std::uint64_t i = 0; i < 24; ++i) {
      auto crop = vision::testing::ore(96, 96, 10, 100 + i);
      const bool plate = i % 2 == 0;
      const double turn = 15.0 * static_cast<double>(i);
      if (plate) vision::testing::lay_bar(crop, 48, 48, 40, 30, turn, 200, 205, 210, 0.02, i);
      else vision::testing::lay_bar(crop, 48, 48, 60, 10, turn, 40, 90, 170, 0.08, i);
      const std::string name = "crop" + std::to_string(10 + i) + ".png";
      save(folder_ / "crops" / name, crop);
      labels << name << "," << (plate ? "metal" : "wood") << ",train\n";
    }
    labels.close();
    auto with = vision::testing::ore(160, 160, 10, 70);
    vision::testing::lay_bar(with, 90, 70, 50, 24, 20, 220, 215, 210, 0.02, 1);
    save(folder_ / "frames" / "with.png", with);
    save(folder_ / "frames" / "without.png", vision::testing::ore(160, 160, 10, 71));
    // Twelve frames of a belt that moves 16 px a frame, with a plate on it.
    auto belt = vision::testing::ore(160, 400, 10, 72);
    vision::testing::lay_bar(belt, 80, 200, 44, 30, 30, 220, 215, 210, 0.02, 1);
    for (int i = 0; i < 12; ++i) {
      vision::testing::Picture frame{160, 160, {}};
      const std::ptrdiff_t row = 3 * 160, top = 220 - 16 * i;
      frame.bgr.assign(belt.bgr.begin() + top * row, belt.bgr.begin() + (top + 160) * row);
      save(folder_ / "sequence" / ("f" + std::to_string(10 + i) + ".png"), frame);
    }
    std::ofstream(folder_ / "backbone.bin", std::ios::binary) << vision::net::testing::backbone_bytes(vision::net::testing::test_layers());
    fitted_ = run("vision fit --clean " + at("clean") + " --mm-per-pixel 2 --crops " + at("crops") +
                  " --steps 30 --out " + at("model"), at("backbone.bin"));
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  static std::string at(const std::string& name) { return (folder_ / name).string(); }

  static inline fs::path folder_;
  static inline int fitted_ = -1;
};

TEST_F(VisionCommands, AFitTakesTheBackboneItIsGivenNoneWhenToldSoAndNoDamagedOne) {
  ASSERT_EQ(fitted_, 0);
  const auto size = [&](const char* name) { return fs::file_size(folder_ / name); };
  const std::string fit = "vision fit --clean " + at("clean") + " --mm-per-pixel 2 --steps 4 --crops " + at("crops") + " --out ";
  EXPECT_EQ(run(fit + at("without") + " --backbone none", at("backbone.bin")), 0);
  EXPECT_EQ(run(fit + at("found_none")), 0) << "it is said, but a model without a second look is one as well";
  EXPECT_EQ(run(fit + at("with"), at("backbone.bin")), 0);
  EXPECT_EQ(size("without"), size("found_none"));
  EXPECT_GT(size("with"), size("without") + size("backbone.bin"));
  std::ofstream(folder_ / "cut.bin", std::ios::binary) << "BWBACKBONE1\nand no more";
  EXPECT_EQ(run(fit + at("bad") + " --backbone " + at("cut.bin"), at("backbone.bin")), 1);
  EXPECT_FALSE(fs::exists(folder_ / "bad"));
}

TEST_F(VisionCommands, DetectWritesTheContractedColumns) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d.csv") +
                " --all --scores " + at("s.csv") + " --overlay " + at("overlay")), 0);
  const auto rows = lines(at("d.csv"));
  ASSERT_GE(rows.size(), 2u);
  EXPECT_EQ(rows[0], "frame,x,y,w,h,score,class,confidence,one_in_clean_frames");
  EXPECT_TRUE(rows[1].starts_with("with.png,"));
  const auto scores = lines(at("s.csv"));
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores[0], "frame,score,one_in_clean_frames");
  // Half of clean frames look as odd as their median, and fewer as odd as a plate.
  EXPECT_GT(std::stod(scores[1].substr(scores[1].rfind(',') + 1)), 2);
  const auto number = [](const std::string& line) { return std::stod(line.substr(line.find(',') + 1)); };
  EXPECT_GT(number(scores[1]), number(scores[2]));
  EXPECT_TRUE(fs::exists(folder_ / "overlay" / "with.png"));
}

TEST_F(VisionCommands, ScoresAreTheSameWithAndWithoutAll) {
  ASSERT_EQ(fitted_, 0);
  const std::string detect = "vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d4.csv") + " --scores ";
  ASSERT_EQ(run(detect + at("s_all.csv") + " --all"), 0);
  ASSERT_EQ(run(detect + at("s_called.csv")), 0);
  EXPECT_EQ(lines(at("s_all.csv")), lines(at("s_called.csv")));
}

TEST_F(VisionCommands, AnOverlayNeverOverwritesTheFrames) {
  ASSERT_EQ(fitted_, 0);
  std::ifstream before(folder_ / "frames" / "with.png", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(before), {}};
  EXPECT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d5.csv") + " --overlay " +
                at("frames") + "/../frames/"), 1);
  std::ifstream after(folder_ / "frames" / "with.png", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(after), {}), bytes);
}

TEST_F(VisionCommands, FramesMayBeListedAsLinesOrAsATable) {
  ASSERT_EQ(fitted_, 0);
  std::ofstream(folder_ / "list.txt") << "# two\nframes/with.png\n" << at("frames") << "/without.png\n";
  std::ofstream(folder_ / "list.csv") << "frame,score\nframes/with.png,1\nframes/with.png,2\nframes/without.png,3\n";
  const auto names = [&](const std::string& list) {
    const auto paths = list_pictures(list);
    EXPECT_TRUE(paths);
    std::vector<std::string> out;
    for (const auto& path : *paths) out.push_back(file_name(path));
    return out;
  };
  const std::vector<std::string> both{"with.png", "without.png"};
  EXPECT_EQ(names(at("list.txt")), both);
  EXPECT_EQ(names(at("list.csv")), both);
  // Relative to the working directory, where the list does not lie beside the frames.
  fs::create_directories(folder_ / "elsewhere");
  const fs::path here = fs::current_path();
  fs::current_path(folder_);
  std::ofstream(folder_ / "elsewhere" / "list.txt") << "frames/with.png\n";
  EXPECT_EQ(run("vision detect --model model --frames elsewhere/list.txt --out d6.csv"), 0);
  fs::current_path(here);
}

TEST_F(VisionCommands, TheSameFramesGiveTheSameBytes) {
  ASSERT_EQ(fitted_, 0);
  for (const char* name : {"a.csv", "b.csv"}) {
    ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at(name) + " --all"), 0);
  }
  EXPECT_EQ(lines(at("a.csv")), lines(at("b.csv")));
}

TEST_F(VisionCommands, TrackFindsThePlateOnceAndReadsTheBeltsMovement) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision track --model " + at("model") + " --frames " + at("sequence") + " --px-per-frame auto --out " +
                at("t.csv")), 0);
  const auto rows = lines(at("t.csv"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], "event,class,confidence,first_frame,last_frame,best_frame,x,y,w,h,length_mm");
  std::istringstream row(rows[1]);
  std::vector<std::string> fields;
  for (std::string field; std::getline(row, field, ',');) fields.push_back(field);
  ASSERT_EQ(fields.size(), 11u);
  // Its middle lies at 80 across and at -20 + 16 i: row 200 of a belt of which frame 0 begins at row 220.
  const double best = std::stod(fields[5]);
  EXPECT_NEAR(std::stod(fields[6]) + std::stod(fields[8]) / 2, 80, 12);
  EXPECT_NEAR(std::stod(fields[7]) + std::stod(fields[9]) / 2, -20 + 16 * best, 16);
  // 44 x 30 px of 2 mm.
  EXPECT_NEAR(std::stod(fields[10]), 88, 50);
}

TEST_F(VisionCommands, ClassifyKnowsItsOwnCrops) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision classify --model " + at("model") + " --crops " + at("crops") + " --out " + at("c.csv")), 0);
  const auto rows = lines(at("c.csv"));
  ASSERT_EQ(rows.size(), 25u);
  EXPECT_EQ(rows[0], "crop,class,confidence");
  int right = 0;
  for (std::size_t i = 0; i < 24; ++i) right += rows[i + 1].find(i % 2 == 0 ? ",metal," : ",wood,") != std::string::npos;
  EXPECT_GE(right, 18);
}

TEST_F(VisionCommands, VerdictsAddAClassAndSilenceAFalseAlarm) {
  ASSERT_EQ(fitted_, 0);
  std::ofstream verdicts(folder_ / "verdicts.csv");
  verdicts << "picture,x,y,w,h,verdict,officer\n";
  ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d3.csv") + " --all"), 0);
  // The strongest box of the frame with the plate: an officer says that it is ore.
  std::istringstream row(lines(at("d3.csv")).at(1));
  std::string frame, x, y, w, h;
  for (std::string* field : {&frame, &x, &y, &w, &h}) std::getline(row, *field, ',');
  ASSERT_EQ(frame, "with.png");
  verdicts << "frames/with.png," << x << "," << y << "," << w << "," << h << ",ore,officer7\n";
  for (int i = 0; i < 20; ++i) verdicts << "clean/c" << 10 + i % 12 << ".png,60,60,40,40,slag,officer7\n";
  verdicts.close();
  ASSERT_EQ(run("vision fit --resume " + at("model") + " --verdicts " + at("verdicts.csv") + " --out " + at("model2")), 0);
  const auto best = [&](const std::string& model) {
    EXPECT_EQ(run("vision detect --model " + at(model) + " --frames " + at("frames") + " --out " + at("d2.csv") +
                  " --scores " + at("s2.csv") + " --all"), 0);
    const auto scores = lines(at("s2.csv"));
    return std::stod(scores[1].substr(scores[1].find(',') + 1));
  };
  EXPECT_LT(best("model2"), best("model") - 0.5);
  ASSERT_EQ(run("vision classify --model " + at("model2") + " --crops " + at("crops") + " --out " + at("c2.csv")), 0);
}

// What detect wrote, with a column more that an officer filled in where he had something to say.
TEST_F(VisionCommands, DetectionsWithAColumnOfVerdictsAreVerdicts) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d7.csv") + " --all"), 0);
  auto rows = lines(at("d7.csv"));
  ASSERT_GE(rows.size(), 3u);
  std::ofstream judged(folder_ / "judged.csv");
  judged << rows[0] << ",verdict\n" << rows[1] << ",metal\n";
  for (std::size_t i = 2; i < rows.size(); ++i) judged << rows[i] << ",\n";
  judged.close();
  const std::string resume = "vision fit --resume " + at("model") + " --verdicts " + at("judged.csv") + " --out " + at("m7");
  EXPECT_EQ(run(resume), 1);                                    // pictures are not beside the file
  EXPECT_EQ(run(resume + " --frames " + at("frames")), 0);
  std::ifstream file(folder_ / "m7", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(bytes.find(at("judged.csv") + ": line 2 " + rows[1] + ",metal"), std::string::npos);   // provenance
}

TEST_F(VisionCommands, AVerdictThatIsNoPlaceIsNamedByItsLine) {
  ASSERT_EQ(fitted_, 0);
  std::ofstream(folder_ / "bad.csv") << "picture,x,y,w,h,verdict\n\nframes/with.png,1,2,3,4,ore\nframes/with.png,10,1o,20,20,ore\n";
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run("vision fit --resume " + at("model") + " --verdicts " + at("bad.csv") + " --out " + at("m8")), 1);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("bad.csv: line 4: expected a number as 'y', found '1o'"), std::string::npos) << said;
  EXPECT_FALSE(fs::exists(folder_ / "m8"));
}

// Minutes of training come after the check, not before it: this ends at once.
TEST_F(VisionCommands, CropsThatWouldNotDoAreRefusedBeforeTraining) {
  const auto refused = [&](const std::string& folder, const std::string& what) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(run("vision fit --clean " + at("clean") + " --mm-per-pixel 2 --crops " + at(folder) + " --steps 100000 --out " + at("m9")), 1);
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  fs::create_directories(folder_ / "few");
  fs::create_directories(folder_ / "small");
  save(folder_ / "small" / "a.png", vision::testing::ore(96, 24, 10, 1));
  std::ofstream few(folder_ / "few" / "labels.csv.gz");         // read by content: it need not be packed
  few << "crop,class\n";
  for (int i = 0; i < 8; ++i) few << "../crops/crop10.png,metal\n";
  for (int i = 0; i < 7; ++i) few << "../crops/crop11.png,wood\n";
  few.close();
  std::ofstream(folder_ / "small" / "labels.csv") << "crop,class\na.png,metal\n";
  refused("few", "class 'wood': expected 8 crops to train or more, found 7");
  refused("small", "labels.csv: line 2: expected a crop of 32 pixels a side or more, found 96 x 24");
}

TEST_F(VisionCommands, InstallPutsNetworksOfSeveralBrandsIntoAPack) {
  const fs::path pack = folder_ / "pack";
  fs::create_directories(pack);
  const std::string to = " --pack " + pack.string();
  EXPECT_EQ(run("vision install --model " + at("model") + " --brand Lump" + to), 1);   // no pack.toml
  std::ofstream(pack / "pack.toml") << "name = \"test\"\n";
  EXPECT_EQ(run("vision install --model " + at("model") + " --brand Lump" + to), 0);
  EXPECT_EQ(run("vision install --model " + at("model") + " --brand Fines" + to), 0);
  std::ifstream file(pack / "models" / "belt_network.bin", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto networks = vision::brand_networks_from_bytes(bytes, "test");
  ASSERT_TRUE(networks) << networks.error().message;
  EXPECT_EQ(networks->size(), 2u);
  ASSERT_TRUE(networks->contains("Fines"));
  EXPECT_EQ(networks->at("Fines").classifier.classes.size(), 2u);   // with what it knows, not only the network
  EXPECT_FALSE(networks->at("Fines").memory.scale.empty());
}

// A model learnt from verdicts goes to the site by `install`, and the one before it comes back the same way.
TEST_F(VisionCommands, WhatVerdictsTaughtGoesToTheSiteAndTheOldModelCanBePutBack) {
  ASSERT_EQ(fitted_, 0);
  const fs::path pack = folder_ / "pack2";
  fs::create_directories(pack);
  std::ofstream(pack / "pack.toml") << "name = \"test\"\n";
  std::ofstream(folder_ / "ore.csv") << "picture,x,y,w,h,verdict,officer\nframes/with.png,60,50,60,40,ore,officer7\n";
  ASSERT_EQ(run("vision fit --resume " + at("model") + " --verdicts " + at("ore.csv") + " --out " + at("learnt")), 0);
  const auto installed = [&](const std::string& model) {
    EXPECT_EQ(run("vision install --model " + at(model) + " --brand Lump --pack " + pack.string()), 0);
    std::ifstream file(pack / "models" / "belt_network.bin", std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const std::string before = installed("model"), learnt = installed("learnt");
  EXPECT_NE(learnt, before);
  EXPECT_EQ(vision::brand_networks_from_bytes(learnt, "test")->at("Lump").memory.places.size(), 1u);
  EXPECT_EQ(installed("model"), before);
}

// Folders of the benchmark's form, one picture each: objects that any detector must order, and a limit worked out by hand.
TEST_F(VisionCommands, EvaluatePrintsSeamRatesBesideEveryRateAndReportsThem) {
  ASSERT_EQ(fitted_, 0);
  const fs::path data = folder_ / "data";
  for (const char* part : {"clean", "objects", "seams"}) fs::create_directories(data / part);
  save(data / "clean" / "c0.png", vision::testing::ore(160, 160, 10, 70));
  std::ofstream labels(data / "labels.csv"), seams(data / "seams.csv");
  labels << "frame,x,y,w,h,long_side_px\n";
  seams << "frame,x,y,w,h\n";
  for (const char* level : {"00", "04", "07"}) {
    auto with = vision::testing::ore(160, 160, 10, 70);
    vision::testing::lay_bar(with, 90, 70, 50, 24, 20, 220, 215, 210, 0.02, 1);
    save(data / "objects" / (std::string("obj_") + level + "_0.png"), with);
    save(data / "seams" / (std::string("seam_") + level + "_0.png"), vision::testing::ore(160, 160, 10, 70));   // pasted in place: nothing changes
    labels << "obj_" << level << "_0.png,62,50,56,40,50\n";
    seams << "seam_" << level << "_0.png,10,10,20,20\n";
  }
  labels.close(), seams.close();
  ASSERT_EQ(run("vision evaluate --model " + at("model") + " --data " + data.string() + " --no-other-light --report " + at("seen.html") +
                " --out " + at("seen.txt")), 0);
  const auto said = lines(at("seen.txt"));
  const auto starts = [&](const std::string& with) {
    return std::any_of(said.begin(), said.end(), [&](const std::string& line) { return line.starts_with(with); });
  };
  // The limit is the strongest clean blob: nothing pasted is called above it, the plate is.
  for (const char* level : {"0", "0.4", "0.7"}) {
    EXPECT_TRUE(starts(std::string("camouflage ") + level + ": AUROC against clean 1.000, against seams 1.000; recall 1.000, pasted ore called 0.000"))
        << level << "\n" << said[1];
  }
  EXPECT_TRUE(starts("long side 32-64 px: recall 1.000 of 3, pasted ore called 0.000 of 0"));
  EXPECT_TRUE(starts("long side 16-32 px: recall 0.000 of 0, pasted ore called 0.000 of 3"));
  std::ifstream file(folder_ / "seen.html");
  const std::string html{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(html.find("<th>found</th><th>pasted ore of that size called</th>"), std::string::npos);
  EXPECT_NE(html.find("<td>32-64</td><td>1.000 of 3</td><td>0.000 of 0</td>"), std::string::npos);
  EXPECT_NE(html.find("<td>1.000 of 1</td><td>0.000 of 1</td>"), std::string::npos);
}

TEST_F(VisionCommands, ErrorsNameWhatIsWrong) {
  EXPECT_EQ(run("vision fit --mm-per-pixel 2 --out " + at("m")), 2);
  EXPECT_EQ(run("vision fit --clean " + at("nothing") + " --mm-per-pixel 2 --out " + at("m")), 1);
  EXPECT_EQ(run("vision detect --model " + at("crops/labels.csv") + " --frames " + at("frames") + " --out -"), 1);
  EXPECT_EQ(run("vision track --model " + at("model") + " --frames " + at("sequence") + " --px-per-frame fast --out -"), 2);
}

}  // namespace
}  // namespace beltwarden::lab
