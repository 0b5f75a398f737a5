from mmdigits.benchmark.table import benchmark_lines


def part(images, median, operations, **more):
    times = dict(median=median, lower=median / 2, upper=median * 2, times=[median])
    return dict(times, images=images, operations=operations, **more)


RESULT = dict(
    machine=dict(device="a CPU", threads=2),
    peaks=dict(float32=1e11, bfloat16=4e11),
    repeats=3,
    rows=[
        dict(name="slow", parameters=5, train_step=part(1, 2.0, 4e11, memory=2**30)),
        dict(name="quick", parameters=5, train_step=part(8, 0.8, 8e10)),
        dict(name="exported", parameters=0, infer=part(1, 0.5, 0)),
    ],
)


def test_rows_are_compared_an_image():
    lines = benchmark_lines(RESULT)
    assert lines[0] == (
        "device a CPU, threads 2; matrix products: float32 100 GFLOP/s, bfloat16 400 GFLOP/s; "
        "3 repeats in turn"
    )
    assert "| times as fast as slow |" in lines[2]
    assert lines[4:6] == [
        "| slow | 1 | 2000 (1000 to 4000) | 1 | 400 | 50% | 1.0 GiB |",
        "| quick | 8 | 100 (50 to 200) | 20 | 10 | 25% |  |",
    ]


def test_any_row_may_be_the_one_compared_with():
    lines = benchmark_lines(RESULT, "quick")
    assert [line.split(" | ")[3] for line in lines[4:6]] == ["0.05", "1"]
    # One that has no such part isn't: the table says which is.
    head = next(line for line in lines if line.startswith("| inference"))
    assert "| times as fast as exported |" in head


def test_a_row_without_a_part_or_a_count_is_left_out_or_blank():
    lines = benchmark_lines(RESULT)
    assert [line for line in lines if line.startswith("| exported")] == [lines[-1]]
    assert lines[-1] == "| exported | 1 | 500 (250 to 1000) | 1 |  |  |  |"


def test_a_part_that_was_not_measured_has_no_table():
    rows = [row for row in RESULT["rows"] if "infer" not in row]
    assert not any("inference" in line for line in benchmark_lines(dict(RESULT, rows=rows)))
