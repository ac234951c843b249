"""3D Tiles 1.1 (OGC 22-025r4), out: the same subjects as the model of the city, for globes and viewers.

earth: degrees and metres to places of the globe, and the frame of a tile.
meshes: a shape and a height as triangles; as binary glTF 2.0.
tiling: one tile for each cell of about 0.1 km², with its box and its objects.
command: `bihuan twin export`, for both forms.
Lines and points have no body and are left out with their reason. No textures, no levels of detail; heights are those of
the register. Foreign clients: py3dtiles, pygltflib, pyproj. Source: docs/adr/0376-tiles.md.
"""
