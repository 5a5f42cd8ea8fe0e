"""A ring cut into pieces: three, four and six units share out the plane among them."""

from dataclasses import replace

from hebbovr.lab.plane import plane_data, watch
from hebbovr.plots import plot_plane, save_figure


def main(picture="tiling_a_plane.png", widths=(3, 4, 6), epochs=120):
    X = plane_data("rings")
    watched = [replace(watch("ovr", X, units=n, epochs=epochs), rule=f"{n} units") for n in widths]
    save_figure(plot_plane(watched, X), picture)
    return watched


if __name__ == "__main__":
    main()
